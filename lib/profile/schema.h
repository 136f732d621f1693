/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The profile's file format: an SQLite database.  doc/FORMAT.md is its
 * description for users and states the version rules; this header and
 * schema.c are the same for the compiler.
 */
#ifndef CFLOW_PROFILE_SCHEMA_H
#define CFLOW_PROFILE_SCHEMA_H

/* "CFLW", in the database header's application_id field. */
#define CFLOW_APPLICATION_ID 0x43464c57

/* The header's user_version field: raised when an old reader would misread. */
#define CFLOW_SCHEMA_VERSION 1

/*
 * What made control go from an edge's source to its destination.  The numbers
 * are stored: append, never renumber.
 */
enum cflow_kind {
    CFLOW_UNKNOWN = 0,   /* an instruction set without a decoder */
    CFLOW_TAKEN = 1,     /* conditional branch, taken */
    CFLOW_NOT_TAKEN = 2, /* conditional branch or predicated transfer, not taken */
    CFLOW_JUMP = 3,
    CFLOW_CALL = 4,
    CFLOW_RETURN = 5,
    CFLOW_INDIRECT_JUMP = 6,
    CFLOW_INDIRECT_CALL = 7,
    CFLOW_SYSCALL = 8, /* back from the supervisor to the guest's code */
    CFLOW_SPLIT = 9,   /* straight-line code that QEMU cut in two */
    CFLOW_EXCEPTION = 10,
    CFLOW_INTERRUPT = 11,
    CFLOW_SIGNAL = 12, /* interrupted instruction -> signal handler */
    CFLOW_SIGNAL_RETURN = 13,
    CFLOW_ENTRY = 14, /* from outside: a thread, vCPU or process starts */
    CFLOW_EXIT = 15,  /* to outside: it ends */
    CFLOW_RETRY = 16, /* QEMU began an instruction again; no transfer */
    CFLOW_UNEXPLAINED = 17,
    CFLOW_SYSTEM = 18,       /* iret, eret, sysret, far transfers, wfi */
    CFLOW_HOST_CALL = 19,    /* semihosting and the like */
    CFLOW_LEAVE_REGION = 20, /* to code that was not to be recorded: counts as outside */
    CFLOW_ENTER_REGION = 21, /* and back from there */
    CFLOW_N_KINDS
};

/* Bits of insn.flags. */
enum cflow_insn_flag {
    CFLOW_INSN_ENDS_BLOCK = 1 << 0,
    CFLOW_INSN_LEFT_MID_BLOCK = 1 << 1, /* a fault or retry left a block here */
    CFLOW_INSN_BYTES_CHANGED = 1 << 2,  /* ran with different bytes at times */
    CFLOW_INSN_STARTS_BLOCK = 1 << 3,
};

/*
 * With which rights code ran, as block.privilege, edge.privilege and
 * discontinuity.privilege have it.  The numbers are stored: append, never renumber.
 */
enum cflow_privilege {
    CFLOW_PRIVILEGE_UNKNOWN = 0, /* QEMU does not tell, or this program does not know where */
    CFLOW_PRIVILEGE_USER = 1,
    CFLOW_PRIVILEGE_KERNEL = 2,
    CFLOW_PRIVILEGE_HYPERVISOR = 3,
    CFLOW_PRIVILEGE_MACHINE = 4, /* firmware: RISC-V's M-mode, AArch64's EL3 */
    CFLOW_N_PRIVILEGES
};

/* A set of them: bit 1 << privilege. */
typedef unsigned cflow_privileges;

#define CFLOW_ALL_PRIVILEGES ((cflow_privileges)(1u << CFLOW_N_PRIVILEGES) - 1)

/* Module 0 stands for what lies outside: where entries come from, exits go. */
#define CFLOW_MODULE_OUTSIDE 0

/* Name of @kind, as stored in the table "kind": "taken", "indirect-call", ... */
const char *cflow_kind_name(enum cflow_kind kind);

/* "user", "kernel", ...; as stored in the table "privilege". */
const char *cflow_privilege_name(enum cflow_privilege privilege);

/* The set that @list names, "user,kernel"; 0 if a word in it is none, or it is empty. */
cflow_privileges cflow_privileges_parse(const char *list);

/* The SQL that makes an empty profile, rows of the tables "kind" and "privilege" apart. */
extern const char cflow_schema_sql[];

#endif
