# A format that needs the file of the module.
qemu-cflow export -f gmon -i golden.db -o gmon.out 2>&1 || ls
