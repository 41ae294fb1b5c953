/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slurm lets one limit override another (its page resource_limits.html). As slurmctld's
 * acct_policy.c has it, in 22.05 as in 26.05, of each kind of limit and each TRES the first number
 * that is set counts:
 *
 *     MaxTRESPerJob                   QOS of the partition, QOS of the job, association
 *     GrpTRES                         QOS of the partition, QOS of the job, all associations
 *                                     from the user's up to the root: the least of theirs
 *     MaxTRESPerUser, PerAccount      QOS of the partition, QOS of the job
 *
 * The flag OverPartQOS of the job's QOS swaps the first two, and a LimitFactor changes the numbers
 * of associations. A job must keep to all four kinds. So a large MaxTRESPerJob of a QOS overrides
 * that of the association, but not its GrpTRES.
 *
 * MaxNodes of a partition holds whatever these say, unless the job's QOS has the flag
 * PartitionMaxNodes.
 */
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

/* Add other limits: the smaller of each counts. */
static void add(struct dsfit_limits *to, const struct dsfit_limits *other)
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

struct dsfit_standing dsfit_site_standing(const struct dsfit_site *site, const char *qos,
					  const struct dsfit_who *who)
{
	struct dsfit_standing standing = { .qos = qos };

	standing.association = who ? find_association(site, who) : NULL;
	if ((!qos || !*qos) && standing.association)
		standing.qos = standing.association->qos;
	return standing;
}

/* --- what is in force ----------------------------------------------------------------------- */

/* The QOS of this name, as long as it is; NULL if dsfit.conf has no section for it. */
static const struct dsfit_qos *find_qos(const struct dsfit_site *site, const char *name,
					size_t length)
{
	for (size_t i = 0; i < site->qos_count; i++) {
		const char *other = site->qos[i].name;

		if (strlen(other) == length && !strncasecmp(other, name, length))
			return &site->qos[i];
	}
	return NULL;
}

static const struct dsfit_qos *default_qos(const struct dsfit_site *site)
{
	for (size_t i = 0; i < site->qos_count; i++)
		if (site->qos[i].is_default)
			return &site->qos[i];
	return NULL;
}

/* Walk over a comma list of QOS, which may be NULL or "" for the default one: returns the section
 * of the first, NULL if it has none, and moves *list to the rest. */
static const struct dsfit_qos *next_qos(const struct dsfit_site *site, const char **list)
{
	const char *name = *list ? *list : "";
	size_t length = strcspn(name, ",");

	*list = name + length + (name[length] == ',');
	return *name ? find_qos(site, name, length) : default_qos(site);
}

/* Set what is not limited yet. */
static void fill(struct dsfit_limits *to, const struct dsfit_limits *next)
{
	struct dsfit_limits before = *to;

	if (before.gpus == UINT64_MAX)
		to->gpus = next->gpus;
	if (before.nodes == UINT64_MAX)
		to->nodes = next->nodes;
	for (size_t i = 0; i < next->type_count; i++)
		if (dsfit_limit_of_type(&before, next->of_type[i].type) == UINT64_MAX)
			dsfit_limit_type(to, next->of_type[i].type, next->of_type[i].gpus);
}

/* A limit times a LimitFactor, as slurmctld computes it. */
static uint64_t scale(uint64_t limit, double factor)
{
	double scaled = (double)limit * factor;

	return limit == UINT64_MAX || scaled >= 0x1p63 ? UINT64_MAX : (uint64_t)scaled;
}

/* The limits of an association under the LimitFactor of two QOS, of which the first that has one
 * counts. */
static struct dsfit_limits scaled(const struct dsfit_limits *limits, const struct dsfit_qos *first,
				  const struct dsfit_qos *second)
{
	bool by_first = first && first->limit_factor > 0;
	double factor = by_first ? first->limit_factor : second ? second->limit_factor : 0;
	struct dsfit_limits out = *limits;

	if (factor <= 0)
		return out;
	out.gpus = scale(limits->gpus, factor);
	out.nodes = scale(limits->nodes, factor);
	/* acct_policy_get_max_nodes() of slurmctld forgets the factor of the second. */
	if (!by_first)
		out.nodes = dsfit_min(out.nodes, limits->nodes);
	for (size_t i = 0; i < out.type_count; i++)
		out.of_type[i].gpus = scale(limits->of_type[i].gpus, factor);
	return out;
}

/* The limits of a job with one QOS in one partition. */
static struct dsfit_limits combine(const struct dsfit_qos *of_job,
				   const struct dsfit_qos *of_partition,
				   const struct dsfit_association *association)
{
	bool over = of_job && (of_job->over_part_qos || !of_partition);
	const struct dsfit_qos *first = over ? of_job : of_partition;
	const struct dsfit_qos *second = over ? of_partition : of_job;
	struct dsfit_limits all = DSFIT_UNLIMITED;

	for (int kind = 0; kind < DSFIT_LIMIT_KINDS; kind++) {
		struct dsfit_limits one = DSFIT_UNLIMITED, own;

		if (first)
			fill(&one, &first->limits[kind]);
		if (second)
			fill(&one, &second->limits[kind]);
		if (association && kind < DSFIT_ASSOCIATION_KINDS) {
			own = scaled(&association->limits[kind], first, second);
			fill(&one, &own);
		}
		add(&all, &one);
	}
	return all;
}

struct dsfit_limits dsfit_site_limits(const struct dsfit_site *site, const char *partitions,
				      const struct dsfit_standing *standing)
{
	struct dsfit_limits limits = DSFIT_UNLIMITED;

	do {
		const struct dsfit_partition *one = dsfit_site_next_partition(site, &partitions);
		const char *qos = standing->qos;
		const struct dsfit_qos *of_partition =
			one && one->qos[0] ? find_qos(site, one->qos, strlen(one->qos)) : NULL;

		do {
			struct dsfit_limits here = combine(next_qos(site, &qos), of_partition,
							   standing->association);

			add(&limits, &here);
		} while (*qos);
	} while (*partitions);
	return limits;
}

bool dsfit_ignores_max_nodes(const struct dsfit_site *site, const struct dsfit_standing *standing)
{
	const char *list = standing->qos;

	do {
		const struct dsfit_qos *qos = next_qos(site, &list);

		if (!qos || !qos->partition_max_nodes)
			return false;
	} while (*list);
	return true;
}
