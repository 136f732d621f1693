# --sort
qemu-cflow report -i golden.db --sort coldest 2>&1
