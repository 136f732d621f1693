# Without files there is no code to decode, and the notes say so.
qemu-cflow export -i golden.db --sysroot sysroot -f callgrind -o - 2>&1
