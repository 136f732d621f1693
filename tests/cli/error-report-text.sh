# A text file.
echo 'hello, this is no database at all' > text
qemu-cflow report -i text 2>&1
