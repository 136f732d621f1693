# A library's own code, whoever called it.
qemu-cflow export -i golden.db --sysroot sysroot -f bolt -m 'libwork*' -o library 2> notes
cat library notes
