/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_LIBSLURM_H
#define DSFIT_CLI_LIBSLURM_H

#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>
#include <slurm/slurmdb.h>

#include "core/base/error.h"

/*
 * The functions of libslurm that "dsfit discover" calls, with their types from Slurm's header.
 * libslurm_open() finds them in the library. A unit test fills in functions of its own, which give
 * the recorded answers of a real slurmctld.
 */
struct libslurm {
	__typeof__(slurm_init) *init;
	__typeof__(slurm_load_ctl_conf) *load_ctl_conf;
	__typeof__(slurm_load_node) *load_node;
	__typeof__(slurm_load_partitions) *load_partitions;
	__typeof__(slurm_load_assoc_mgr_info) *load_assoc_mgr_info;
	__typeof__(slurm_list_iterator_create) *list_iterator_create;
	__typeof__(slurm_list_next) *list_next;
	__typeof__(slurm_list_iterator_destroy) *list_iterator_destroy;
	__typeof__(slurm_strerror) *strerror;
};

/*
 * The functions that "dsfit why" calls. Two of them are in no header, and one had another name
 * before 23.11.
 */
struct libslurm_jobs {
	__typeof__(slurm_init) *init;
	__typeof__(slurm_load_ctl_conf) *load_ctl_conf;
	__typeof__(slurm_load_job) *load_job;
	__typeof__(slurm_get_job_stdout) *get_job_stdout;
	const char *(*job_state_string)(uint32_t state);
	const char *(*job_reason_string)(uint32_t reason);
	__typeof__(slurmdb_connection_get) *connection_get;
	__typeof__(slurmdb_connection_close) *connection_close;
	__typeof__(slurmdb_jobs_get) *jobs_get;
	__typeof__(slurmdb_tres_get) *tres_get;
	__typeof__(slurm_list_create) *list_create;
	__typeof__(slurm_list_append) *list_append;
	__typeof__(slurm_list_iterator_create) *list_iterator_create;
	__typeof__(slurm_list_next) *list_next;
	__typeof__(slurm_list_iterator_destroy) *list_iterator_destroy;
	__typeof__(slurm_strerror) *strerror;
};

/* Load the library, which stays loaded until the process ends. Returns 0; or -1 and the reason in
 * *err. */
int libslurm_open(struct libslurm *out, struct dsfit_error *err);
int libslurm_open_jobs(struct libslurm_jobs *out, struct dsfit_error *err);

#endif
