# A file that is neither ELF nor a list.
echo hello > text
qemu-cflow report -i golden.db --symbols text 2>&1
