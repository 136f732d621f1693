# A database cannot go down a pipe, and a file called "-" would be a surprise.
qemu-cflow record -o - -- true 2>&1
echo $?
qemu-cflow merge -o - golden.db 2>&1
echo $?
qemu-cflow merge -q -o ./- golden.db
ls -- -
