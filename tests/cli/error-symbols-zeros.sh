# The list of a kernel that hides its addresses.
printf '0000000000000000 T _stext\n0000000000000000 t f\n' > kallsyms
qemu-cflow report -i golden.db --symbols kallsyms 2>&1
