# An empty file.
: > empty
qemu-cflow report -i empty 2>&1
