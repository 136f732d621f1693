# --color
qemu-cflow report -i golden.db --color sometimes 2>&1
