/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_LIBSLURM_H
#define DSFIT_CLI_LIBSLURM_H

#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>

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

/* Load the library, which stays loaded until the process ends. Returns 0; or -1 and the reason in
 * *err. */
int libslurm_open(struct libslurm *out, struct dsfit_error *err);

#endif
