#!/usr/bin/env bash
# The Wireflow API from the command line: bash, curl and jq, nothing else. Take it, and change it to your needs.
#
#   export WIREFLOW_URL=http://127.0.0.1:8000    where the server is
#   export WIREFLOW_API_KEY=sk-…                 from Settings → API keys
#
#   wireflow.sh check                            is the key good?
#   wireflow.sh nodes [word]                     node types, their credits
#   wireflow.sh lint graph.json                  what is wrong with a graph of {"nodes", "edges"}
#   wireflow.sh create name graph.json           → id of the new workflow
#   wireflow.sh list                             id and name of every workflow
#   wireflow.sh get id                           the workflow with its graph
#   wireflow.sh update id workflow.json          put back what `get` printed; refused when somebody saved meanwhile
#   wireflow.sh patch id node '{"params": {…}}'  change one node
#   wireflow.sh layout id                        arrange the nodes
#   wireflow.sh duplicate id [name]              → id of the copy
#   wireflow.sh share id | unshare id            let everybody with the link look, or nobody
#   wireflow.sh publish id [slug]                as an app → its address
#   wireflow.sh unpublish id                     take the app off
#   wireflow.sh inputs id                        what a run can be given
#   wireflow.sh estimate id                      what a run costs at most
#   wireflow.sh run id [node=value …]            → id of the execution
#   wireflow.sh run-node id node                 one node, and what it needs that has no result yet → id
#   wireflow.sh force id node                    one node, and everything it needs made anew → id
#   wireflow.sh wait execution                   until it is over → addresses and texts that came out
#   wireflow.sh cancel execution                 stop it
#   wireflow.sh history [id]                     the last executions
#   wireflow.sh upload file                      → its address, to be used in a graph
#   wireflow.sh media                            what was uploaded
#   wireflow.sh download address file            save a result
#   wireflow.sh delete id                        delete a workflow
#   wireflow.sh credits                          what is left
set -euo pipefail

site=${WIREFLOW_URL:-http://127.0.0.1:8000}
site=${site%/}
inline_bytes=4000000 # what is larger goes up in two steps
tries=4

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# call <method> <path> [curl option …]: print the answer's body. A refusal prints its sentence and ends the script;
# 429 and 503 are tried again as Retry-After says. Nothing follows redirects: the API needs none.
call() {
    local method=$1 path=$2 answer status try
    shift 2
    for ((try = 1; ; try++)); do
        # The key goes in by a file descriptor, so that no list of processes shows it.
        answer=$(curl -sS -X "$method" "$site/api/v1$path" -w '\n%{http_code}' "$@" --config <(printf \
            'header = "Authorization: Bearer %s"\n' "${WIREFLOW_API_KEY:?Set WIREFLOW_API_KEY first.}"))
        status=${answer##*$'\n'} answer=${answer%$'\n'*}
        case $status in
        2??) break ;;
        429 | 503) ((try < tries)) && sleep "$(jq -r '.retryAfter // 1' <<<"$answer")" && continue ;;
        esac
        fail "$(jq -r '.error, (.violations[]? | "  \(.message) \(.fix // "")")' <<<"$answer" || echo "HTTP $status")"
    done
    printf '%s\n' "$answer"
}

# send <method> <path> <json> [curl option …]
send() {
    local method=$1 path=$2 body=$3
    shift 3
    call "$method" "$path" -H 'Content-Type: application/json' --data-binary @- "$@" <<<"$body"
}

# start <path> <json>: send what starts a run, under a key of its own, so that a lost answer starts nothing twice.
start() {
    local key
    key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    send POST "$1" "$2" -H "Idempotency-Key: $key" | jq -r '.executionId // .executionRuns[0].id'
}

wait_for() {
    local state status pause=1000
    while :; do
        state=$(call GET "/workflows/executions/$1/poll")
        status=$(jq -r .status <<<"$state")
        [ "$status" = RUNNING ] || break
        sleep "$((pause / 1000)).$((pause % 1000 / 100))"
        pause=$((pause * 3 / 2 < 10000 ? pause * 3 / 2 : 10000))
    done
    [ "$status" = COMPLETED ] || fail "$status: $(jq -r '.error // "no reason was given"' <<<"$state")"
    jq -r '.nodeStates[] | (.outputUrls[], .text // empty)' <<<"$state"
}

# run_to <workflow> <node> <options>: run the saved graph up to one node.
run_to() {
    local graph
    graph=$(call GET "/workflows/$1")
    start "/workflows/$1/execute" "$(jq -c --arg node "$2" "{nodes, edges, targetNodeId: \$node} + $3" <<<"$graph")"
}

upload() {
    local file=$1 bytes announced
    bytes=$(wc -c <"$file")
    if ((bytes <= inline_bytes)); then
        call POST /media/upload -F "file=@$file" | jq -r .data.url
        return
    fi
    announced=$(jq -nc --arg name "${file##*/}" --argjson bytes "$bytes" '{bytes: $bytes, filename: $name}')
    announced=$(send POST /media/upload-url "$announced")
    # Exactly the headers that were told, and no key: the address itself is the permission.
    jq -r '.data.headers | to_entries[] | "header = \"\(.key): \(.value)\""' <<<"$announced" |
        curl -sS --fail -X PUT --config - --data-binary "@$file" "$(jq -r .data.uploadUrl <<<"$announced")" >&2
    announced=$(jq -c --arg name "${file##*/}" '{mediaId: .data.mediaId, filename: $name}' <<<"$announced")
    send POST /media/upload-url/complete "$announced" | jq -r .data.url
}

command=${1:-help}
[ $# -eq 0 ] || shift
id=${1:-}
case $command in
check) call GET '/workflows?limit=1' | jq -r '"The key is good."' ;;
nodes)
    call GET /nodes | jq -r '.nodes[] | "\(.nodeType)\t\(.credits)\t\(.label)"' | grep -iF -- "$id" ||
        fail "No node type is called so."
    ;;
lint) send POST /workflows/lint "$(jq -c '{nodes, edges}' "$id")" | jq .data ;;
create) send POST /workflows "$(jq -c --arg name "$id" '{name: $name, nodes, edges}' "$2")" | jq -er '.id' ;;
list) call GET /workflows | jq -r '.[] | "\(.id)\t\(.name)"' ;;
get) call GET "/workflows/$id" | jq . ;;
update)
    send PUT "/workflows/$id" "$(jq -c 'del(.linkPermission) + {baseUpdatedAt: .updatedAt}' "$2")" | jq -r .updatedAt
    ;;
patch) send PATCH "/workflows/$id/nodes/$2" "$3" | jq .data.node ;;
layout) send POST "/workflows/$id/layout" '{}' | jq .data.bounds ;;
duplicate) send POST "/workflows/$id/duplicate" "$(jq -nc --arg name "${2:-}" '{name: $name}')" | jq -r .data.id ;;
share) send POST "/workflows/$id/visibility" '{"visibility":"view"}' | jq -r .url ;;
unshare) send POST "/workflows/$id/visibility" '{"visibility":"private"}' | jq -r .linkPermission ;;
publish)
    send POST "/workflows/$id/publish" "$(jq -nc --arg slug "${2:-}" '{slug: $slug}')" |
        jq -r --arg site "$site" '$site + .data.url'
    ;;
unpublish) call DELETE "/workflows/$id/publish" | jq -r .id ;;
inputs) call GET "/workflows/$id/run" | jq .data.inputs ;;
estimate) send POST "/workflows/$id/estimate" '{}' | jq .data ;;
run)
    shift
    pairs='$ARGS.positional | map(split("=") | {key: .[0], value: (.[1:] | join("="))}) | from_entries'
    start "/workflows/$id/run" "$(jq -nc "{inputs: ($pairs)}" --args "$@")"
    ;;
run-node) run_to "$id" "$2" '{}' ;;
force) run_to "$id" "$2" '{force: true}' ;;
wait) wait_for "$id" ;;
cancel) send POST "/workflows/executions/$id/cancel" '{}' | jq -r .status ;;
history)
    call GET "/workflows/${id:+$id/}executions" |
        jq -r '.[] | "\(.executionId)\t\(.status)\t\(.creditsUsed)\t\(.workflowName)"'
    ;;
upload) upload "$id" ;;
media) call GET /media | jq -r '.data[] | "\(.url)\t\(.bytes)\t\(.filename)"' ;;
download) curl -sS --fail -G "$site/api/download" --data-urlencode "url=$id" -o "$2" ;;
delete) call DELETE "/workflows/$id" | jq -r .id ;;
credits) call GET /developer/usage | jq .data.credits ;;
*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2 ;;
esac
