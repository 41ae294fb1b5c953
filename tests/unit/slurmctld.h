/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_SLURMCTLD_H
#define DSFIT_TESTS_SLURMCTLD_H

#include "tests/unit/unit.h"

#include <errno.h>

#include <slurm/slurmdb.h>

#include "cli/libslurm.h"

/*
 * Plays the recorded answers of a slurmctld: tests/data/slurmctld/CLUSTER-RELEASE, which
 * tests/cluster/record wrote. played_slurm stands in for the functions of libslurm. A test may
 * change the answers before it asks, or make one of the functions fail.
 */
#define PLAYED_MAX 32

/* A list of Slurm, whose members only Slurm's own functions use. */
struct played_list {
	void *item[PLAYED_MAX];
	size_t count, next;
};

/* The limits of one QOS or association: a number for each TRES. */
struct played_limits {
	uint64_t grp[PLAYED_MAX], pa[PLAYED_MAX], pj[PLAYED_MAX], pu[PLAYED_MAX];
};

static struct {
	slurm_conf_t conf;
	struct played_list conf_defaults;
	node_info_t node[PLAYED_MAX];
	node_info_msg_t nodes;
	partition_info_t partition[PLAYED_MAX];
	partition_info_msg_t partitions;
	int32_t node_inx[PLAYED_MAX][PLAYED_MAX];
	struct played_list defaults[PLAYED_MAX];
	job_defaults_t default_item[PLAYED_MAX];
	size_t default_count;
	assoc_mgr_info_msg_t accounting;
	char *tres[PLAYED_MAX];
	slurmdb_qos_rec_t qos[PLAYED_MAX];
	slurmdb_assoc_rec_t association[PLAYED_MAX];
	struct played_limits qos_limits[PLAYED_MAX], association_limits[PLAYED_MAX];
	struct played_list qos_list, association_list;
	char text[64 * 1024];		/* the recording; all strings point into it */
	const char *fails;		/* the function that fails, or NULL */
	unsigned initialised;
} played;

/* --- reading what was recorded ------------------------------------------------------------- */

static inline void played_default(struct played_list *list, const char *value)
{
	job_defaults_t *one = &played.default_item[played.default_count++];
	unsigned type;
	unsigned long long number;

	ck_assert_int_eq(sscanf(value, "%u:%llu", &type, &number), 2);
	one->type = (uint16_t)type;
	one->value = number;
	list->item[list->count++] = one;
}

static inline bool played_conf_word(const char *name, char *value)
{
	const uint64_t number = strtoull(value, NULL, 10);
	slurm_conf_t *conf = &played.conf;

	if (!strcmp(name, "cluster_name"))
		conf->cluster_name = value;
	else if (!strcmp(name, "version"))
		conf->version = value;
	else if (!strcmp(name, "preempt_type"))
		conf->preempt_type = value;
	else if (!strcmp(name, "preempt_mode"))
		conf->preempt_mode = (uint16_t)number;
	else if (!strcmp(name, "def_mem_per_cpu"))
		conf->def_mem_per_cpu = number;
	else if (!strcmp(name, "accounting_storage_enforce"))
		conf->accounting_storage_enforce = (uint16_t)number;
	else if (!strcmp(name, "default"))
		played_default(&played.conf_defaults, value);
	else
		return false;
	return true;
}

static inline bool played_node_word(node_info_t *node, const char *name, char *value)
{
	const uint64_t number = strtoull(value, NULL, 10);

	if (!strcmp(name, "name"))
		node->name = value;
	else if (!strcmp(name, "gres"))
		node->gres = value;
	else if (!strcmp(name, "features"))
		node->features = value;
	else if (!strcmp(name, "cpus"))
		node->cpus = (uint16_t)number;
	else if (!strcmp(name, "cpus_efctv"))
		node->cpus_efctv = (uint16_t)number;
	else if (!strcmp(name, "real_memory"))
		node->real_memory = number;
	else if (!strcmp(name, "mem_spec_limit"))
		node->mem_spec_limit = number;
	else if (!strcmp(name, "tmp_disk"))
		node->tmp_disk = (uint32_t)number;
	else if (!strcmp(name, "node_state"))
		node->node_state = (uint32_t)number;
	else
		return false;
	return true;
}

static inline bool played_partition_word(size_t i, const char *name, char *value)
{
	const uint64_t number = strtoull(value, NULL, 10);
	partition_info_t *partition = &played.partition[i];
	int32_t *inx = played.node_inx[i];

	if (!strcmp(name, "name"))
		partition->name = value;
	else if (!strcmp(name, "flags"))
		partition->flags = (__typeof__(partition->flags))number;
	else if (!strcmp(name, "preempt_mode"))
		partition->preempt_mode = (uint16_t)number;
	else if (!strcmp(name, "priority_tier"))
		partition->priority_tier = (uint16_t)number;
	else if (!strcmp(name, "def_mem_per_cpu"))
		partition->def_mem_per_cpu = number;
	else if (!strcmp(name, "max_nodes"))
		partition->max_nodes = (uint32_t)number;
	else if (!strcmp(name, "qos_char"))
		partition->qos_char = value;
	else if (!strcmp(name, "default"))
		played_default(&played.defaults[i], value);
	else if (!strcmp(name, "nodes")) {
		while (*inx >= 0)
			inx += 2;
		ck_assert_int_eq(sscanf(value, "%d-%d", &inx[0], &inx[1]), 2);
		inx[2] = -1;
	} else {
		return false;
	}
	return true;
}

/* "8:12": the limit of one TRES. */
static inline void played_limit(uint64_t *limits, const char *value)
{
	unsigned long long number;
	unsigned index;

	ck_assert_int_eq(sscanf(value, "%u:%llu", &index, &number), 2);
	ck_assert_uint_lt(index, PLAYED_MAX);
	limits[index] = number;
}

static inline void played_unlimited(struct played_limits *limits)
{
	for (size_t i = 0; i < PLAYED_MAX; i++)
		limits->grp[i] = limits->pa[i] = limits->pj[i] = limits->pu[i] = INFINITE64;
}

static inline bool played_qos_word(size_t i, const char *name, char *value)
{
	slurmdb_qos_rec_t *qos = &played.qos[i];
	struct played_limits *limits = &played.qos_limits[i];

	qos->grp_tres_ctld = limits->grp;
	qos->max_tres_pa_ctld = limits->pa;
	qos->max_tres_pj_ctld = limits->pj;
	qos->max_tres_pu_ctld = limits->pu;
	if (!strcmp(name, "name"))
		qos->name = value;
	else if (!strcmp(name, "id"))
		qos->id = (uint32_t)strtoul(value, NULL, 10);
	else if (!strcmp(name, "grp_tres"))
		played_limit(limits->grp, value);
	else if (!strcmp(name, "max_tres_pa"))
		played_limit(limits->pa, value);
	else if (!strcmp(name, "max_tres_pj"))
		played_limit(limits->pj, value);
	else if (!strcmp(name, "max_tres_pu"))
		played_limit(limits->pu, value);
	else
		return false;
	return true;
}

static inline bool played_association_word(size_t i, const char *name, char *value)
{
	const uint32_t number = (uint32_t)strtoul(value, NULL, 10);
	slurmdb_assoc_rec_t *one = &played.association[i];
	struct played_limits *limits = &played.association_limits[i];

	one->grp_tres_ctld = limits->grp;
	one->max_tres_ctld = limits->pj;
	if (!strcmp(name, "acct"))
		one->acct = value;
	else if (!strcmp(name, "user"))
		one->user = value;
	else if (!strcmp(name, "partition"))
		one->partition = value;
	else if (!strcmp(name, "id"))
		one->id = number;
	else if (!strcmp(name, "parent_id"))
		one->parent_id = number;
	else if (!strcmp(name, "def_qos_id"))
		one->def_qos_id = number;
	else if (!strcmp(name, "is_def"))
		one->is_def = (uint16_t)number;
	else if (!strcmp(name, "grp_tres"))
		played_limit(limits->grp, value);
	else if (!strcmp(name, "max_tres"))
		played_limit(limits->pj, value);
	else
		return false;
	return true;
}

/* A word of a line of accounting. */
static inline bool played_accounting_word(const char *kind, const char *name, char *value)
{
	if (!strcmp(kind, "qos"))
		return played_qos_word(played.qos_list.count, name, value);
	if (!strcmp(kind, "association"))
		return played_association_word(played.association_list.count, name, value);
	played.tres[played.accounting.tres_cnt++] = value;
	return !strcmp(kind, "tres") && !strcmp(name, "name");
}

static inline void played_line(char *line)
{
	const char *kind = strsep(&line, " ");
	const size_t node = played.nodes.record_count, partition = played.partitions.record_count;
	struct played_list *list = !strcmp(kind, "qos") ? &played.qos_list :
							  &played.association_list;
	char *word;

	ck_assert_uint_lt(node, PLAYED_MAX);
	ck_assert_uint_lt(partition, PLAYED_MAX);
	ck_assert_uint_lt(played.qos_list.count, PLAYED_MAX);
	ck_assert_uint_lt(played.association_list.count, PLAYED_MAX);
	ck_assert_uint_lt(played.accounting.tres_cnt, PLAYED_MAX);
	played.node_inx[partition][0] = -1;
	played_unlimited(&played.qos_limits[played.qos_list.count]);
	played_unlimited(&played.association_limits[played.association_list.count]);
	while ((word = strsep(&line, " "))) {
		char *value = strchr(word, '=');
		bool known;

		*value++ = '\0';
		known = !strcmp(kind, "conf") ? played_conf_word(word, value) :
			!strcmp(kind, "node") ? played_node_word(&played.node[node], word, value) :
			!strcmp(kind, "partition") ? played_partition_word(partition, word, value) :
						     played_accounting_word(kind, word, value);
		ck_assert_msg(known, "%s: no field %s", kind, word);
	}
	played.nodes.record_count += !strcmp(kind, "node");
	played.partitions.record_count += !strcmp(kind, "partition");
	if (!strcmp(kind, "qos"))
		list->item[list->count] = &played.qos[list->count];
	else
		list->item[list->count] = &played.association[list->count];
	list->count += !strcmp(kind, "qos") || !strcmp(kind, "association");
}

/* Play this recording from now on: "demo-22.05". */
static inline void play(const char *recorded)
{
	char path[512], *rest = played.text, *line;
	FILE *file;

	memset(&played, 0, sizeof(played));
	snprintf(path, sizeof(path), "%s/slurmctld/%s", TEST_DATA, recorded);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_lt(fread(played.text, 1, sizeof(played.text), file), sizeof(played.text));
	fclose(file);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			played_line(line);
	ck_assert_uint_gt(played.nodes.record_count, 0);
	ck_assert_uint_gt(played.partitions.record_count, 0);
}

/* The recorded node or partition of this name. */
static inline node_info_t *played_node(const char *name)
{
	for (size_t i = 0; i < played.nodes.record_count; i++)
		if (played.node[i].name && !strcmp(played.node[i].name, name))
			return &played.node[i];
	ck_abort_msg("no node %s", name);
	return NULL;
}

static inline partition_info_t *played_partition(const char *name)
{
	for (size_t i = 0; i < played.partitions.record_count; i++)
		if (!strcmp(played.partition[i].name, name))
			return &played.partition[i];
	ck_abort_msg("no partition %s", name);
	return NULL;
}

/* --- answering ----------------------------------------------------------------------------- */

static inline int played_answer(const char *function)
{
	if (!played.initialised || !played.fails || strcmp(played.fails, function))
		return played.initialised ? 0 : -1;
	errno = ESLURM_ACCESS_DENIED;
	return -1;
}

static inline void played_init(const char *conf)
{
	ck_assert_ptr_null(conf);
	played.initialised++;
}

static inline int played_load_ctl_conf(time_t since, slurm_conf_t **out)
{
	ck_assert_int_eq((int)since, 0);
	played.conf.job_defaults_list = (void *)&played.conf_defaults;
	*out = &played.conf;
	return played_answer("ctl_conf");
}

static inline int played_load_node(time_t since, node_info_msg_t **out, uint16_t flags)
{
	ck_assert_int_eq((int)since, 0);
	ck_assert_uint_eq(flags, SHOW_ALL);
	played.nodes.node_array = played.node;
	*out = &played.nodes;
	return played_answer("node");
}

static inline int played_load_partitions(time_t since, partition_info_msg_t **out, uint16_t flags)
{
	ck_assert_int_eq((int)since, 0);
	ck_assert_uint_eq(flags, SHOW_ALL);
	played.partitions.partition_array = played.partition;
	for (size_t i = 0; i < played.partitions.record_count; i++) {
		played.partition[i].node_inx = played.node_inx[i];
		/* Slurm has no list if no default is set. */
		played.partition[i].job_defaults_list =
			played.defaults[i].count ? (void *)&played.defaults[i] : NULL;
	}
	*out = &played.partitions;
	return played_answer("partitions");
}

static inline int played_load_assoc_mgr_info(assoc_mgr_info_request_msg_t *request,
					     assoc_mgr_info_msg_t **out)
{
	ck_assert_uint_eq(request->flags, ASSOC_MGR_INFO_FLAG_ASSOC | ASSOC_MGR_INFO_FLAG_QOS);
	played.accounting.tres_names = played.tres;
	played.accounting.qos_list = (void *)&played.qos_list;
	played.accounting.assoc_list = (void *)&played.association_list;
	*out = &played.accounting;
	return played_answer("assoc_mgr_info");
}

/* The recorded QOS or association of this name. */
static inline slurmdb_qos_rec_t *played_qos(const char *name)
{
	for (size_t i = 0; i < played.qos_list.count; i++)
		if (!strcmp(played.qos[i].name, name))
			return &played.qos[i];
	ck_abort_msg("no QOS %s", name);
	return NULL;
}

static inline slurmdb_assoc_rec_t *played_association(const char *account, const char *user)
{
	for (size_t i = 0; i < played.association_list.count; i++) {
		slurmdb_assoc_rec_t *one = &played.association[i];

		if (!strcmp(one->acct, account) && !strcmp(one->user ? one->user : "", user))
			return one;
	}
	ck_abort_msg("no association %s:%s", account, user);
	return NULL;
}

/* Slurm's list functions have different names in different releases. */
static inline void *played_iterator_create(void *list)
{
	((struct played_list *)list)->next = 0;
	return list;
}

static inline void *played_next(void *iterator)
{
	struct played_list *list = iterator;

	return list->next < list->count ? list->item[list->next++] : NULL;
}

static inline void played_iterator_destroy(void *iterator)
{
	ck_assert_ptr_nonnull(iterator);
}

static inline char *played_strerror(int error)
{
	static char text[64];

	snprintf(text, sizeof(text), "error %d of Slurm's", error);
	return text;
}

static const struct libslurm played_slurm = {
	.init = played_init,
	.load_ctl_conf = played_load_ctl_conf,
	.load_node = played_load_node,
	.load_partitions = played_load_partitions,
	.load_assoc_mgr_info = played_load_assoc_mgr_info,
	.list_iterator_create = (__typeof__(slurm_list_iterator_create) *)played_iterator_create,
	.list_next = (__typeof__(slurm_list_next) *)played_next,
	.list_iterator_destroy =
		(__typeof__(slurm_list_iterator_destroy) *)played_iterator_destroy,
	.strerror = played_strerror,
};

#endif
