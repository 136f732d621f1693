# Completion in bash: verbs, options, their values.
source <(qemu-cflow completion bash)
try() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _qemu_cflow
    echo "$*: ${COMPREPLY[*]}"
}
touch profile.db
try qemu-cflow ''
try qemu-cflow rep
try qemu-cflow report --s
try qemu-cflow report --sort ''
try qemu-cflow report --sort =
try qemu-cflow report --sort = d
try qemu-cflow report -f ''
try qemu-cflow report --kind taken,sig
try qemu-cflow report --color a
try qemu-cflow report -i prof
try qemu-cflow report --sysroot sys
try qemu-cflow report --limit ''
try qemu-cflow info --
try qemu-cflow export --f
try qemu-cflow export --format ''
try qemu-cflow export -f csv-
try qemu-cflow help in
try qemu-cflow completion ''
try qemu-cflow record -- cat prof
try qemu-cflow record cat --sor
complete -p qemu-cflow
