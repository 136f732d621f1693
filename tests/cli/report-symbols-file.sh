# --symbols takes the place of a module of the same build-id, wherever it is.
qemu-cflow report -i golden.db --symbols sysroot/opt/demo/bin/demo -n 1 | sed -n '9,11p'
