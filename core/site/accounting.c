/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/site/accounting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/formats/conf.h"
#include "core/formats/conf_values.h"
#include "core/site/limits.h"

/* Limits of accounting. */
const struct dsfit_limit_keys dsfit_limit_keys[DSFIT_LIMIT_KINDS] = {
	[DSFIT_LIMIT_JOB] = { "max-gpus", "max-nodes", "max-gpus-of" },
	[DSFIT_LIMIT_GROUP] = { "grp-gpus", "grp-nodes", "grp-gpus-of" },
	[DSFIT_LIMIT_USER] = {
		"max-gpus-per-user", "max-nodes-per-user", "max-gpus-of-per-user" },
	[DSFIT_LIMIT_ACCOUNT] = {
		"max-gpus-per-account", "max-nodes-per-account", "max-gpus-of-per-account" },
};

#define LIMITS(gpus, nodes, of_type)                                         \
	CFG_INT_CB(gpus, 0, CFGF_NODEFAULT, dsfit_read_number),              \
	CFG_INT_CB(nodes, 0, CFGF_NODEFAULT, dsfit_read_number),             \
	CFG_STR_LIST(of_type, NULL, CFGF_NONE)

/* Of QOS and associations. */
#define LIMIT_KEYS                                                           \
	LIMITS("max-gpus", "max-nodes", "max-gpus-of"),                      \
	LIMITS("grp-gpus", "grp-nodes", "grp-gpus-of")

/* Slurm reads a LimitFactor as a decimal number. */
static int read_factor(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct dsfit_error why;

	return dsfit_parse_decimal(value, 0, 1e9, result, &why) ? dsfit_reject(cfg, opt, &why) : 0;
}

const cfg_opt_t dsfit_qos_keys[] = {
	CFG_BOOL("default", cfg_false, CFGF_NONE),
	CFG_BOOL("over-part-qos", cfg_false, CFGF_NONE),
	CFG_BOOL("partition-max-nodes", cfg_false, CFGF_NONE),
	CFG_FLOAT_CB("limit-factor", 0, CFGF_NONE, read_factor),
	LIMIT_KEYS,
	LIMITS("max-gpus-per-user", "max-nodes-per-user", "max-gpus-of-per-user"),
	LIMITS("max-gpus-per-account", "max-nodes-per-account", "max-gpus-of-per-account"),
	CFG_END(),
};

const cfg_opt_t dsfit_association_keys[] = {
	CFG_STR_LIST("users", NULL, CFGF_NONE),
	CFG_STR("qos", "", CFGF_NONE),
	LIMIT_KEYS,
	CFG_END(),
};

/* Read one entry of max-gpus-of and its kin, "TYPE=NUMBER". */
static int take_type(cfg_t *section, const char *key, const char *entry,
		     struct dsfit_limits *limits, struct dsfit_error *err)
{
	const char *number = strchr(entry, '=');
	char type[DSFIT_NAME_MAX], what[160];
	size_t length = number ? (size_t)(number - entry) : 0;
	uint64_t gpus;

	if (!length || length >= sizeof(type) ||
	    dsfit_parse_number(number + 1, 0, UINT64_MAX - 1, &gpus, NULL)) {
		snprintf(what, sizeof(what), "%s = %.63s: must be \"TYPE=NUMBER\"", key, entry);
		return dsfit_fail_section(section, err, what);
	}
	memcpy(type, entry, length);
	type[length] = '\0';
	dsfit_limit_type(limits, type, gpus);
	return 0;
}

/* Read the limits of the first so many kinds. */
static int take_limits(cfg_t *section, struct dsfit_limits *limits, int kinds,
		       struct dsfit_error *err)
{
	for (int kind = 0; kind < kinds; kind++) {
		const struct dsfit_limit_keys *keys = &dsfit_limit_keys[kind];
		struct dsfit_limits *one = &limits[kind];

		*one = (struct dsfit_limits)DSFIT_UNLIMITED;
		if (cfg_size(section, keys->gpus))
			one->gpus = dsfit_quantity(section, keys->gpus);
		if (cfg_size(section, keys->nodes))
			one->nodes = dsfit_quantity(section, keys->nodes);
		for (unsigned i = 0; i < cfg_size(section, keys->gpus_of); i++)
			if (take_type(section, keys->gpus_of,
				      cfg_getnstr(section, keys->gpus_of, i), one, err))
				return -1;
	}
	return 0;
}

static int take_qos(cfg_t *section, struct dsfit_qos *qos, struct dsfit_error *err)
{
	qos->is_default = cfg_getbool(section, "default");
	qos->over_part_qos = cfg_getbool(section, "over-part-qos");
	qos->partition_max_nodes = cfg_getbool(section, "partition-max-nodes");
	qos->limit_factor = cfg_getfloat(section, "limit-factor");
	return take_limits(section, qos->limits, DSFIT_LIMIT_KINDS, err) ? -1 :
	       dsfit_copy_title(section, qos->name, err);
}

/* The title of an association is "ACCOUNT" or "ACCOUNT:USER". */
static int take_association(cfg_t *section, struct dsfit_association *association,
			    struct dsfit_error *err)
{
	char account[2 * DSFIT_NAME_MAX];
	char *user;

	if (snprintf(account, sizeof(account), "%s", cfg_title(section)) >= (int)sizeof(account))
		return dsfit_fail_section(section, err, "the title is too long");
	user = strchr(account, ':');
	if (user)
		*user++ = '\0';
	if (!account[0] || (user && !*user))
		return dsfit_fail_section(section, err, "must be \"ACCOUNT\" or \"ACCOUNT:USER\"");
	if (take_limits(section, association->limits, DSFIT_ASSOCIATION_KINDS, err) ||
	    dsfit_copy_name(section, association->account, account, err) ||
	    dsfit_copy_name(section, association->user, user ? user : "", err) ||
	    dsfit_copy_name(section, association->qos, cfg_getstr(section, "qos"), err))
		return -1;
	for (unsigned i = 0; i < cfg_size(section, "users"); i++)
		if (dsfit_names_add(&association->users, cfg_getnstr(section, "users", i)))
			return -1;
	return 0;
}

int dsfit_accounting_take(cfg_t *cfg, struct dsfit_site *site, struct dsfit_error *err)
{
	unsigned qos = cfg_size(cfg, "qos"), associations = cfg_size(cfg, "association");

	site->qos = calloc(qos + 1, sizeof(*site->qos));
	site->associations = calloc(associations + 1, sizeof(*site->associations));
	if (!site->qos || !site->associations)
		return -1;
	for (unsigned i = 0; i < qos; i++)
		if (take_qos(cfg_getnsec(cfg, "qos", i), &site->qos[site->qos_count++], err))
			return -1;
	for (unsigned i = 0; i < associations; i++)
		if (take_association(cfg_getnsec(cfg, "association", i),
				     &site->associations[site->association_count++], err))
			return -1;
	return 0;
}
