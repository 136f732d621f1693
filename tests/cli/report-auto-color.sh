# On a terminal there is colour, unless NO_COLOR is set.
script -qec 'qemu-cflow report -i golden.db --no-pager -n 1' /dev/null | grep -c $'\033'
NO_COLOR=1 script -qec 'qemu-cflow report -i golden.db --no-pager -n 1' /dev/null | grep -c $'\033'
