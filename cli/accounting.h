/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_ACCOUNTING_H
#define DSFIT_CLI_ACCOUNTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/names.h"
#include "core/site/site.h"

/* What accounting limits, as slurmctld knows it. */

/* A QOS that has limits, or changes others'. */
struct cluster_qos {
	const char *name;
	bool is_default;
	bool over_part_qos, partition_max_nodes;	/* flags OverPartQOS, PartitionMaxNodes */
	double limit_factor;		/* 0: none */
	struct dsfit_limits limits[DSFIT_LIMIT_KINDS];
};

/* An association that dsfit.conf needs: see accounting.c. */
struct cluster_association {
	const char *account;
	const char *user;		/* "": the account's own */
	const char *qos;		/* its default QOS; "": the cluster's */
	struct dsfit_limits limits[DSFIT_ASSOCIATION_KINDS];
	struct dsfit_names users;	/* of an account: whose default account it is */
};

struct accounting {
	struct cluster_qos *qos;
	size_t qos_count;
	struct cluster_association *associations;
	size_t association_count;
};

/*
 * Ask slurmctld for the limits of accounting. It has them all, so slurmdbd need not be asked.
 * `enforce` is AccountingStorageEnforce: if limits are not enforced there are none. Returns 0; or
 * -1 and the reason in *err.
 */
struct libslurm;
int accounting_read(const struct libslurm *slurm, uint16_t enforce, struct accounting *out,
		    struct dsfit_error *err);

/* Free the arrays. Their strings belong to libslurm. */
void accounting_free(struct accounting *accounting);

#endif
