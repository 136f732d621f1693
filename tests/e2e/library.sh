#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# library.sh BUILD_DIR QEMU_BIN_DIR [CASE...]
#
# From a system's program, /bin/bzip2, to the source lines of the library that it
# uses.  The library is built from Debian's source package and stripped; its debug
# information is in a file of its own, as in Debian's -dbgsym packages.  gcov counts
# the lines of the same source on the same input.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/cases.sh
. "$here/cases.sh"

# The stripped library in lib, and its debug information in debug.
library() { # build-id|link
    local source id
    source=$("$here/get-bzip2" 2> get.log) || skip "bzip2's source cannot be fetched"
    [ -x /bin/bzip2 ] || skip "no /bin/bzip2"
    mkdir lib debug
    cp -r "$source" source
    (cd source && gcc -g -O0 -w -fPIC -D_FILE_OFFSET_BITS=64 -shared -Wl,-soname,libbz2.so.1.0 \
        -Wl,--build-id=sha1 -o ../lib/libbz2.so.1.0 blocksort.c huffman.c crctable.c randtable.c \
        compress.c decompress.c bzlib.c)
    case $1 in
        build-id)
            id=$(readelf -n lib/libbz2.so.1.0 | sed -n 's/.*Build ID: //p')
            mkdir -p "debug/.build-id/${id:0:2}"
            objcopy --only-keep-debug lib/libbz2.so.1.0 "debug/.build-id/${id:0:2}/${id:2}.debug"
            strip --strip-all lib/libbz2.so.1.0 ;;
        link)
            objcopy --only-keep-debug lib/libbz2.so.1.0 libbz2.so.1.0.debug
            objcopy --strip-all --add-gnu-debuglink=libbz2.so.1.0.debug lib/libbz2.so.1.0
            mkdir -p "debug/$PWD/lib" # the library's own path, below the directory of debug files
            mv libbz2.so.1.0.debug "debug/$PWD/lib" ;;
    esac
    head -c 300000 source/manual.ps > input
}

# The same source, as gcov counts it: gcov/compress.json.
count_lines() {
    cp -r source gcov
    (cd gcov && gcc -O0 -g -w --coverage -D_FILE_OFFSET_BITS=64 -o program bzip2.c blocksort.c \
        huffman.c crctable.c randtable.c compress.c decompress.c bzlib.c &&
        ./program -c < ../input > ../input.bz2 &&
        gcov -b --json-format --stdout ./*-compress.gcda > compress.json 2> /dev/null)
}

annotated() { # build-id|link
    library "$1"
    count_lines
    LD_LIBRARY_PATH=$PWD/lib record -o out.db -- /bin/bzip2 -c < input > out.bz2
    cmp out.bz2 input.bz2 # the library that was built did the work
    exact out.db
    for function in BZ2_compressBlock generateMTFValues makeMaps_e bsW; do
        "$cflow" annotate -i out.db --debug-dir debug --format json $function > $function.json
        /usr/bin/python3 "$here/library.py" gcov/compress.json $function.json
    done
    "$cflow" annotate -i out.db --debug-dir debug --source-only BZ2_compressBlock > screen
    matches "annotate" screen '^ +1 +623 +BZ2_bsInitWrite \( s \);$'
    "$cflow" report -i out.db --debug-dir debug --by file -n 0 > files
    matches "report --by file" files '/source/compress\.c$'
    # Without the debug information there are names of exported functions, and no lines.
    "$cflow" annotate -i out.db BZ2_bzCompress > bare
    ! grep -q 'bzlib\.c' bare || fail "a source line out of nothing"
}

case_library_build_id() { annotated build-id; }
case_library_debug_link() { annotated link; }

run_cases "$@"
