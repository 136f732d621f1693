/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a file still the one that was recorded? */
#ifndef CFLOW_SYMBOLS_IDENTITY_H
#define CFLOW_SYMBOLS_IDENTITY_H

enum cflow_identity {
    CFLOW_IDENTITY_MISSING, /* there is no file of that name */
    CFLOW_IDENTITY_OTHER,   /* there is one that is not ELF, or cannot be read */
    CFLOW_IDENTITY_ELF,
};

/*
 * The build-id of the file @path, in lower-case hex, into *@build_id, to be
 * freed with g_free(); NULL if it is not ELF or has none.
 */
enum cflow_identity cflow_file_build_id(const char *path, char **build_id);

#endif
