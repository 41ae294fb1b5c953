/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/site/limits.h"

#include <string.h>
#include <strings.h>

#include "core/base/size.h"

uint64_t dsfit_limit_of_type(const struct dsfit_limits *limits, const char *type)
{
	for (size_t i = 0; limits && i < limits->type_count; i++)
		if (!strcmp(limits->of_type[i].type, type))
			return limits->of_type[i].gpus;
	return UINT64_MAX;
}

void dsfit_limit_type(struct dsfit_limits *limits, const char *type, uint64_t gpus)
{
	struct dsfit_type_limit *one = limits->of_type;
	size_t i = 0;

	while (i < limits->type_count && strcmp(one[i].type, type))
		i++;
	if (i == DSFIT_TYPE_LIMITS || strlen(type) >= sizeof(one[i].type)) {
		limits->gpus = dsfit_min(limits->gpus, gpus);
		return;
	}
	if (i == limits->type_count) {
		strcpy(one[i].type, type);
		one[i].gpus = gpus;
		limits->type_count++;
	}
	one[i].gpus = dsfit_min(one[i].gpus, gpus);
}

void dsfit_limits_add(struct dsfit_limits *to, const struct dsfit_limits *other)
{
	to->gpus = dsfit_min(to->gpus, other->gpus);
	to->nodes = dsfit_min(to->nodes, other->nodes);
	for (size_t i = 0; i < other->type_count; i++)
		dsfit_limit_type(to, other->of_type[i].type, other->of_type[i].gpus);
}

/* The account of a job that names none. */
static const char *default_account(const struct dsfit_site *site, const char *user)
{
	for (size_t i = 0; user && i < site->association_count; i++)
		if (dsfit_names_have(&site->associations[i].users, user))
			return site->associations[i].account;
	return NULL;
}

/* The section of the user in his account, else the account's own; NULL if there is none. Accounts
 * are the same in upper and lower case, as in Slurm. */
static const struct dsfit_association *find_association(const struct dsfit_site *site,
							const struct dsfit_who *who)
{
	const char *account = who->account && *who->account ? who->account :
							  default_account(site, who->user);
	const struct dsfit_association *found = NULL;

	for (size_t i = 0; account && i < site->association_count; i++) {
		const struct dsfit_association *one = &site->associations[i];

		if (strcasecmp(one->account, account))
			continue;
		if (who->user && !strcmp(one->user, who->user))
			return one;
		if (!one->user[0])
			found = one;
	}
	return found;
}

/* Whether a comma list has the name. */
static bool lists(const char *list, const char *name)
{
	const size_t length = strlen(name);

	while (*list) {
		size_t one = strcspn(list, ",");

		if (one == length && !strncasecmp(list, name, length))
			return true;
		list += one + (list[one] == ',');
	}
	return false;
}

struct dsfit_limits dsfit_site_limits(const struct dsfit_site *site, const char *qos,
				      const struct dsfit_who *who)
{
	const struct dsfit_association *own = who ? find_association(site, who) : NULL;
	struct dsfit_limits limits = DSFIT_UNLIMITED;

	if (own)
		dsfit_limits_add(&limits, &own->limits);
	if ((!qos || !*qos) && own)
		qos = own->qos;
	for (size_t i = 0; i < site->qos_count; i++) {
		const struct dsfit_qos *one = &site->qos[i];

		if (qos && *qos ? lists(qos, one->name) : one->is_default)
			dsfit_limits_add(&limits, &one->limits);
	}
	return limits;
}
