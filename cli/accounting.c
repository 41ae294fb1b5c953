/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many GPUs, GPUs of a type, and nodes accounting lets one job have.
 *
 *   QOS           MaxTRESPerJob, MaxTRESPerUser, MaxTRESPerAccount and GrpTRES, and the flags and
 *                 the LimitFactor by which it overrides the limits of others
 *   association   MaxTRESPerJob, and the least of its GrpTRES and those of the accounts above it
 *
 * Which of them a job has is decided in core/site/limits.c.
 *
 * An association inherits MaxTRESPerJob from its account; slurmdbd has seen to that. It does not
 * inherit GrpTRES: slurmctld counts on every account up to the root.
 *
 * Sites have thousands of associations, and most differ from their account's in nothing. Only those
 * are kept that dsfit.conf needs: accounts with a limit or a default QOS of their own, users who
 * differ from their account in one of the two, and the accounts of these.
 */
#include "cli/accounting.h"

#include <errno.h>
#include <slurm/slurmdb.h>
#include <stdlib.h>
#include <string.h>

#include "cli/common.h"
#include "cli/libslurm.h"
#include "core/base/size.h"
#include "core/site/limits.h"

/* Of AccountingStorageEnforce, in none of Slurm's headers; 22.05 to 26.05. */
#define ENFORCE_LIMITS 0x0002

/* What is read: slurmctld's lists as arrays. */
struct tables {
	const assoc_mgr_info_msg_t *info;
	const slurmdb_qos_rec_t **qos;
	size_t qos_count;
	const slurmdb_assoc_rec_t **associations;
	size_t association_count;
	uint32_t default_qos;		/* its id; 0: none */
};

/* Return the entries of one of Slurm's lists, for the caller to free. */
static const void **entries_of(const struct libslurm *slurm, void *list, size_t *count)
{
	__typeof__(slurm->list_iterator_create(NULL)) at;
	const void **entries = NULL;
	size_t room = 0;
	void *entry;

	*count = 0;
	if (!list)
		return NULL;
	at = slurm->list_iterator_create(list);
	while ((entry = slurm->list_next(at))) {
		if (*count == room) {
			room = room ? 2 * room : 64;
			/* cppcheck-suppress memleakOnRealloc ; without memory the command ends */
			entries = reallocarray(entries, room, sizeof(*entries));
			cli_need(!entries);
		}
		entries[(*count)++] = entry;
	}
	slurm->list_iterator_destroy(at);
	return entries;
}

/* Add the limits in one array, which has a number for each TRES. */
static void add_limits(const assoc_mgr_info_msg_t *info, const uint64_t *numbers,
		       struct dsfit_limits *to)
{
	for (uint32_t i = 0; numbers && i < info->tres_cnt; i++) {
		const char *name = info->tres_names[i];

		if (numbers[i] == INFINITE64 || numbers[i] == NO_VAL64)
			continue;
		if (!strcmp(name, "gres/gpu"))
			to->gpus = dsfit_min(to->gpus, numbers[i]);
		else if (!strcmp(name, "node"))
			to->nodes = dsfit_min(to->nodes, numbers[i]);
		else if (!strncmp(name, "gres/gpu:", 9))
			dsfit_limit_type(to, name + 9, numbers[i]);
	}
}

static struct cluster_qos qos_of(const struct tables *a, const slurmdb_qos_rec_t *qos)
{
	const uint64_t *const numbers[DSFIT_LIMIT_KINDS] = {
		[DSFIT_LIMIT_JOB] = qos->max_tres_pj_ctld,
		[DSFIT_LIMIT_GROUP] = qos->grp_tres_ctld,
		[DSFIT_LIMIT_USER] = qos->max_tres_pu_ctld,
		[DSFIT_LIMIT_ACCOUNT] = qos->max_tres_pa_ctld,
	};
	struct cluster_qos out = {
		.name = qos->name,
		.is_default = qos->id == a->default_qos,
		.over_part_qos = qos->flags & QOS_FLAG_OVER_PART_QOS,
		.partition_max_nodes = qos->flags & QOS_FLAG_PART_MAX_NODE,
	};

	/* Without one slurmctld has INFINITE or NO_VAL here. */
	if (qos->limit_factor > 0 && qos->limit_factor < (double)NO_VAL)
		out.limit_factor = qos->limit_factor;
	for (int kind = 0; kind < DSFIT_LIMIT_KINDS; kind++) {
		out.limits[kind] = (struct dsfit_limits)DSFIT_UNLIMITED;
		add_limits(a->info, numbers[kind], &out.limits[kind]);
	}
	return out;
}

/* Whether limits of the first so many kinds are set. */
static bool is_limited(const struct dsfit_limits *limits, int kinds)
{
	for (int i = 0; i < kinds; i++)
		if (limits[i].gpus != UINT64_MAX || limits[i].nodes != UINT64_MAX ||
		    limits[i].type_count)
			return true;
	return false;
}

static bool same_limits(const struct dsfit_limits *a, const struct dsfit_limits *b)
{
	if (a->gpus != b->gpus || a->nodes != b->nodes || a->type_count != b->type_count)
		return false;
	for (size_t i = 0; i < a->type_count; i++)
		if (dsfit_limit_of_type(b, a->of_type[i].type) != a->of_type[i].gpus)
			return false;
	return true;
}

static void take_qos(const struct tables *a, struct accounting *out)
{
	out->qos = calloc(a->qos_count + 1, sizeof(*out->qos));
	cli_need(!out->qos);
	for (size_t i = 0; i < a->qos_count; i++) {
		struct cluster_qos one = qos_of(a, a->qos[i]);

		if (one.name && (one.partition_max_nodes || one.limit_factor > 0 ||
				 is_limited(one.limits, DSFIT_LIMIT_KINDS)))
			out->qos[out->qos_count++] = one;
	}
}

/* --- associations -------------------------------------------------------------------------- */

static bool is_account(const slurmdb_assoc_rec_t *one)
{
	return !one->user || !one->user[0];
}

/* One for a single partition says nothing about the others. */
static bool is_partial(const slurmdb_assoc_rec_t *one)
{
	return one->partition && one->partition[0];
}

/* The account of a user, and the account above an account; NULL above the root. */
static const slurmdb_assoc_rec_t *parent_of(const struct tables *a,
					    const slurmdb_assoc_rec_t *one)
{
	for (size_t i = 0; i < a->association_count; i++) {
		const slurmdb_assoc_rec_t *other = a->associations[i];

		if (one->parent_id && other->id == one->parent_id)
			return other;
	}
	return NULL;
}

static void take_association_limits(const struct tables *a, const slurmdb_assoc_rec_t *one,
				    struct dsfit_limits limits[DSFIT_ASSOCIATION_KINDS])
{
	size_t depth = 0;

	for (int kind = 0; kind < DSFIT_ASSOCIATION_KINDS; kind++)
		limits[kind] = (struct dsfit_limits)DSFIT_UNLIMITED;
	add_limits(a->info, one->max_tres_ctld, &limits[DSFIT_LIMIT_JOB]);
	/* No tree is as deep as it has nodes. */
	for (; one && depth <= a->association_count; depth++) {
		add_limits(a->info, one->grp_tres_ctld, &limits[DSFIT_LIMIT_GROUP]);
		one = parent_of(a, one);
	}
}

/* The name of an association's default QOS, where it is not the cluster's; else "". */
static const char *own_qos(const struct tables *a, const slurmdb_assoc_rec_t *one)
{
	if (one->def_qos_id == a->default_qos)
		return "";
	for (size_t i = 0; i < a->qos_count; i++)
		if (a->qos[i]->id == one->def_qos_id && a->qos[i]->name)
			return a->qos[i]->name;
	return "";
}

static struct cluster_association association_of(const struct tables *a,
						 const slurmdb_assoc_rec_t *one)
{
	struct cluster_association out = {
		.account = one->acct ? one->acct : "",
		.user = is_account(one) ? "" : one->user,
		.qos = own_qos(a, one),
	};

	take_association_limits(a, one, out.limits);
	return out;
}

static bool same_association(const struct cluster_association *a,
			     const struct cluster_association *b)
{
	return same_limits(&a->limits[DSFIT_LIMIT_JOB], &b->limits[DSFIT_LIMIT_JOB]) &&
	       same_limits(&a->limits[DSFIT_LIMIT_GROUP], &b->limits[DSFIT_LIMIT_GROUP]) &&
	       !strcmp(a->qos, b->qos);
}

/* Add an account and those of its users who differ from it, if dsfit.conf needs them. */
static void take_account(const struct tables *a, const slurmdb_assoc_rec_t *account,
			 struct accounting *out)
{
	struct cluster_association *first = &out->associations[out->association_count];
	struct cluster_association *next = first;
	struct dsfit_names users = { NULL, 0 };

	*next++ = association_of(a, account);
	for (size_t i = 0; i < a->association_count; i++) {
		const slurmdb_assoc_rec_t *user = a->associations[i];

		if (is_account(user) || !user->acct || strcmp(user->acct, first->account))
			continue;
		if (user->is_def && !dsfit_names_have(&users, user->user))
			cli_need(dsfit_names_add(&users, user->user));
		*next = association_of(a, user);
		if (!is_partial(user) && !same_association(next, first))
			next++;
	}
	if (next == first + 1 && !first->qos[0] &&
	    !is_limited(first->limits, DSFIT_ASSOCIATION_KINDS)) {
		dsfit_names_free(&users);
		return;
	}
	first->users = users;
	out->association_count = (size_t)(next - out->associations);
}

static void take_associations(const struct tables *a, struct accounting *out)
{
	/* One more, for the user who is being compared with his account. */
	out->associations = calloc(a->association_count + 1, sizeof(*out->associations));
	cli_need(!out->associations);
	for (size_t i = 0; i < a->association_count; i++)
		if (is_account(a->associations[i]) && a->associations[i]->acct)
			take_account(a, a->associations[i], out);
}

/* The QOS of a job that names none: the root's default, else the one that is called normal. */
static uint32_t find_default_qos(const struct tables *a)
{
	for (size_t i = 0; i < a->association_count; i++) {
		const slurmdb_assoc_rec_t *one = a->associations[i];

		if (is_account(one) && !one->parent_id && one->def_qos_id &&
		    one->def_qos_id != NO_VAL && one->def_qos_id != INFINITE)
			return one->def_qos_id;
	}
	for (size_t i = 0; i < a->qos_count; i++)
		if (a->qos[i]->name && !strcmp(a->qos[i]->name, "normal"))
			return a->qos[i]->id;
	return 0;
}

int accounting_read(const struct libslurm *slurm, uint16_t enforce, struct accounting *out,
		    struct dsfit_error *err)
{
	assoc_mgr_info_request_msg_t request = {
		.flags = ASSOC_MGR_INFO_FLAG_ASSOC | ASSOC_MGR_INFO_FLAG_QOS,
	};
	assoc_mgr_info_msg_t *info = NULL;
	struct tables a = { 0 };

	if (!(enforce & ENFORCE_LIMITS))
		return 0;
	if (slurm->load_assoc_mgr_info(&request, &info) || !info)
		return dsfit_fail(err, "limits of accounting: %s", slurm->strerror(errno));
	a.info = info;
	a.qos = (const slurmdb_qos_rec_t **)entries_of(slurm, info->qos_list, &a.qos_count);
	a.associations = (const slurmdb_assoc_rec_t **)entries_of(slurm, info->assoc_list,
								   &a.association_count);
	a.default_qos = find_default_qos(&a);
	take_qos(&a, out);
	take_associations(&a, out);
	free(a.qos);
	free(a.associations);
	return 0;
}

void accounting_free(struct accounting *accounting)
{
	for (size_t i = 0; i < accounting->association_count; i++)
		dsfit_names_free(&accounting->associations[i].users);
	free(accounting->associations);
	free(accounting->qos);
}
