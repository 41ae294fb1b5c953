/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/site/policy.h"

#include <string.h>
#include <strings.h>

#define ACCOUNT "account:"

const char *const dsfit_mode_names[] = { "off", "advise", "correct", "reject", NULL };
const char *const dsfit_change_names[] = {
	"memory", "scratch", "network", "gpus", "nodes", "gpu-type", "partition", NULL,
};
const char *const dsfit_unheeded_names[] = { "accept", "warn", "reject", NULL };
const char *const dsfit_network_rule_names[] = { "floor", "wait", NULL };

int dsfit_policy_entry(const char *entry, enum dsfit_whose *whose, const char **name,
		       struct dsfit_error *err)
{
	*name = entry;
	*whose = DSFIT_WHOSE_USER;
	if (!strcmp(entry, "*")) {
		*whose = DSFIT_WHOSE_ALL;
	} else if (*entry == '@') {
		*whose = DSFIT_WHOSE_GROUP;
		*name += 1;
	} else if (!strncmp(entry, ACCOUNT, strlen(ACCOUNT))) {
		*whose = DSFIT_WHOSE_ACCOUNT;
		*name += strlen(ACCOUNT);
	}
	/* Names have no colon, so this is an unknown or a misspelt kind of entry. */
	if (**name && !strchr(*name, ':'))
		return 0;
	return dsfit_fail(err, "%s: must be a user's name, \"@group\", \"account:name\", or "
			  "\"*\" for everybody", entry);
}

static bool has_group(const struct dsfit_who *who, const char *name)
{
	for (size_t i = 0; i < who->group_count; i++)
		if (!strcmp(who->groups[i], name))
			return true;
	return false;
}

bool dsfit_policy_names(const struct dsfit_names *list, const struct dsfit_who *who)
{
	for (size_t i = 0; i < list->count; i++) {
		enum dsfit_whose whose;
		const char *name;

		if (dsfit_policy_entry(list->name[i], &whose, &name, NULL))
			continue;
		if (whose == DSFIT_WHOSE_ALL ||
		    (whose == DSFIT_WHOSE_USER && who->user && !strcmp(who->user, name)) ||
		    (whose == DSFIT_WHOSE_GROUP && has_group(who, name)) ||
		    (whose == DSFIT_WHOSE_ACCOUNT && who->account &&
		     !strcasecmp(who->account, name)))
			return true;
	}
	return false;
}
