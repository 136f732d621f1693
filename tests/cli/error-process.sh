# No such process, nothing to sort by.
qemu-cflow report -i golden.db --process nothing 2>&1
qemu-cflow report -i golden.db --process 471 --by process 2>&1
qemu-cflow report -i golden.db --by process --kind taken 2>&1
for verb in annotate callgraph coverage loops 'export -f csv'; do
    qemu-cflow $verb -i golden.db --process nothing 2>&1 || echo "$verb $?"
done
