# A whole machine: addresses of the guest, minus the bias, are in the file.
sqlite3 golden.db "UPDATE module SET path = '[guest]', kind = 'absolute', build_id = NULL WHERE path LIKE '%demo'"
qemu-cflow report -i golden.db --symbols sysroot/opt/demo/bin/demo@0x0 -n 1 -m '?guest?' | sed -n '9,11p'
qemu-cflow report -i golden.db --symbols sysroot/opt/demo/bin/demo@0x40 -n 1 | sed -n '9,11p'
printf '0000000000001000 T kernel_entry\n0000000000001080 t kernel_end\n' > System.map
qemu-cflow report -i golden.db --symbols System.map -n 1 | sed -n '9,11p'
