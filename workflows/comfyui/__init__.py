"""ComfyUI's API format, read and drawn as our own nodes. Pure: no Django, no clock, nothing is fetched.

`reading` takes the file, `kinds` says what each of ComfyUI's nodes becomes, `building` draws that and tells of every
node what became of it, and `whole` keeps the graph in one node that a ComfyUI server runs as it is.
"""
