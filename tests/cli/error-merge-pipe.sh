# A pipe or a device is not replaced by a file.
mkfifo pipe
qemu-cflow merge -o pipe golden.db 2>&1
status=$?
test -p pipe && echo "still a pipe"
exit $status
