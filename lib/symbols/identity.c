/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/symbols/identity.h"

#include "lib/symbols/elf-file.h"

enum cflow_identity cflow_file_build_id(const char *path, char **build_id)
{
    bool missing;
    g_autoptr(elf_file) file = elf_file_open(path, &missing);

    *build_id = file ? g_strdup(file->build_id) : NULL;
    return file ? CFLOW_IDENTITY_ELF : missing ? CFLOW_IDENTITY_MISSING : CFLOW_IDENTITY_OTHER;
}
