# The blocks of one module.
qemu-cflow export -i golden.db --sysroot sysroot -f csv-blocks --module demo 2>&1 | tr -d "\r"
