/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_POLICY_H
#define DSFIT_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/names.h"

/*
 * A site's policy as dsfit.conf states it, for the whole site and for each partition. What follows
 * from it for one job is decided in core/decide/rules.h.
 */

/* What to do about a request that does not fit, the mildest first. --ds-fit has the same words. */
enum dsfit_mode { DSFIT_MODE_OFF, DSFIT_MODE_ADVISE, DSFIT_MODE_CORRECT, DSFIT_MODE_REJECT };
extern const char *const dsfit_mode_names[];

/* The parts of a request that a correction may change: the bits of may_change. */
enum dsfit_change {
	DSFIT_CHANGE_MEMORY = 1 << 0,
	DSFIT_CHANGE_SCRATCH = 1 << 1,
	DSFIT_CHANGE_NETWORK = 1 << 2,		/* a constraint for a faster network */
	DSFIT_CHANGE_GPUS = 1 << 3,
	DSFIT_CHANGE_NODES = 1 << 4,
	DSFIT_CHANGE_GPU_TYPE = 1 << 5,		/* only if the user named none */
	DSFIT_CHANGE_PARTITION = 1 << 6,	/* only if the user named none */
};
#define DSFIT_CHANGE_ALL 0x7fu
extern const char *const dsfit_change_names[];

/* What to do about a job that dsfit cannot judge. */
enum dsfit_unheeded { DSFIT_ACCEPT, DSFIT_WARN, DSFIT_REJECT };
extern const char *const dsfit_unheeded_names[];

/* When a network between nodes is too slow, the milder rule first. */
enum dsfit_network_rule {
	DSFIT_NETWORK_FLOOR,		/* below the hardware guide's minimum */
	/* Also if the job would spend more of a step than network-wait waiting for it. Only jobs
	 * that declare their batch and sequence: for others the wait is a guess. */
	DSFIT_NETWORK_WAIT,
};
extern const char *const dsfit_network_rule_names[];

#define DSFIT_HELP_URL_MAX 256

struct dsfit_policy {
	enum dsfit_mode mode;
	unsigned may_change;		/* bits of enum dsfit_change */
	bool refuse_tight;		/* "tight" counts as a misfit too */
	uint64_t max_gpus, max_nodes;	/* the most that a correction may ask for */
	enum dsfit_unheeded undeclared;	/* jobs without a declaration; only for slurmctld */
	uint64_t undeclared_from_gpus;	/* `undeclared` applies from this number of GPUs on */
	enum dsfit_mode inferred;	/* jobs whose script alone says what they train */
	bool inferred_declares;		/* for `undeclared`, such a job declares its model */
	enum dsfit_unheeded unknown_gpu;	/* GPU types that gpus.conf lacks */
	enum dsfit_network_rule network;
	/* Entries as dsfit_policy_entry() reads them: users who may choose a milder --ds-fit, and
	 * users whose jobs are neither corrected nor refused. */
	struct dsfit_names may_override, exempt;
	char help_url[DSFIT_HELP_URL_MAX];	/* stands under every refusal; "": none */
};

/*
 * An entry of may-override or exempt: a user's name, "@" and a group's name, "account:" and an
 * account's name (upper and lower case are the same, as in Slurm), or "*" for everybody.
 */
enum dsfit_whose { DSFIT_WHOSE_ALL, DSFIT_WHOSE_USER, DSFIT_WHOSE_GROUP, DSFIT_WHOSE_ACCOUNT };

/*
 * Read an entry: *whose is its kind and *name, a part of `entry`, the name in it. Returns 0, or -1
 * with a line in err that says what is accepted.
 */
int dsfit_policy_entry(const char *entry, enum dsfit_whose *whose, const char **name,
		       struct dsfit_error *err);

/* The user, the groups and the account of a job. Borrowed; all may be NULL. */
struct dsfit_who {
	const char *user;
	const char *const *groups;	/* those of the user's groups that a policy names */
	size_t group_count;
	const char *account;		/* the account that the job names */
};

/* Whether one of the entries names the user, one of the groups or the account. */
bool dsfit_policy_names(const struct dsfit_names *list, const struct dsfit_who *who);

#endif
