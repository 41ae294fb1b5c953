/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/site/accounting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/formats/conf.h"
#include "core/formats/conf_values.h"

/* Limits of accounting. */
#define LIMIT_KEYS                                                           \
	CFG_INT_CB("max-gpus", 0, CFGF_NODEFAULT, dsfit_read_number),        \
	CFG_INT_CB("max-nodes", 0, CFGF_NODEFAULT, dsfit_read_number)

const cfg_opt_t dsfit_qos_keys[] = {
	CFG_BOOL("default", cfg_false, CFGF_NONE),
	LIMIT_KEYS,
	CFG_END(),
};

const cfg_opt_t dsfit_association_keys[] = {
	CFG_STR_LIST("users", NULL, CFGF_NONE),
	CFG_STR("qos", "", CFGF_NONE),
	LIMIT_KEYS,
	CFG_END(),
};

static struct dsfit_limits read_limits(cfg_t *section)
{
	return (struct dsfit_limits){
		.gpus = cfg_size(section, "max-gpus") ? dsfit_quantity(section, "max-gpus") :
							UINT64_MAX,
		.nodes = cfg_size(section, "max-nodes") ? dsfit_quantity(section, "max-nodes") :
							  UINT64_MAX,
	};
}

static int take_qos(cfg_t *section, struct dsfit_qos *qos, struct dsfit_error *err)
{
	qos->is_default = cfg_getbool(section, "default");
	qos->limits = read_limits(section);
	return dsfit_copy_name(section, qos->name, cfg_title(section), err);
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
	association->limits = read_limits(section);
	if (!account[0] || (user && !*user))
		return dsfit_fail_section(section, err, "must be \"ACCOUNT\" or \"ACCOUNT:USER\"");
	if (dsfit_copy_name(section, association->account, account, err) ||
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
