/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_SLURMCTLD_H
#define DSFIT_TESTS_SLURMCTLD_H

#include "tests/unit/unit.h"

#include <errno.h>

#include "cli/libslurm.h"

/*
 * Plays the recorded answers of a slurmctld: tests/data/slurmctld/CLUSTER-RELEASE, which
 * tests/cluster/record wrote. played_slurm stands in for the functions of libslurm. A test may
 * change the answers before it asks, or make one of the functions fail.
 */
#define PLAYED_MAX 32

/* A list of Slurm, whose members only Slurm's own functions use. */
struct played_list {
	job_defaults_t item[PLAYED_MAX];
	size_t count, next;
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
	char text[64 * 1024];		/* the recording; all strings point into it */
	const char *fails;		/* the function that fails, or NULL */
	unsigned initialised;
} played;

/* --- reading what was recorded ------------------------------------------------------------- */

static inline void played_default(struct played_list *list, const char *value)
{
	job_defaults_t *one = &list->item[list->count++];
	unsigned type;
	unsigned long long number;

	ck_assert_int_eq(sscanf(value, "%u:%llu", &type, &number), 2);
	one->type = (uint16_t)type;
	one->value = number;
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

static inline void played_line(char *line)
{
	const char *kind = strsep(&line, " ");
	const size_t node = played.nodes.record_count, partition = played.partitions.record_count;
	char *word;

	ck_assert_uint_lt(node, PLAYED_MAX);
	ck_assert_uint_lt(partition, PLAYED_MAX);
	played.node_inx[partition][0] = -1;
	while ((word = strsep(&line, " "))) {
		char *value = strchr(word, '=');
		bool known;

		*value++ = '\0';
		known = !strcmp(kind, "conf") ? played_conf_word(word, value) :
			!strcmp(kind, "node") ? played_node_word(&played.node[node], word, value) :
						played_partition_word(partition, word, value);
		ck_assert_msg(known, "%s: no field %s", kind, word);
	}
	played.nodes.record_count += !strcmp(kind, "node");
	played.partitions.record_count += !strcmp(kind, "partition");
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

/* Slurm's list functions have different names in different releases. */
static inline void *played_iterator_create(void *list)
{
	((struct played_list *)list)->next = 0;
	return list;
}

static inline void *played_next(void *iterator)
{
	struct played_list *list = iterator;

	return list->next < list->count ? &list->item[list->next++] : NULL;
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
	.list_iterator_create = (__typeof__(slurm_list_iterator_create) *)played_iterator_create,
	.list_next = (__typeof__(slurm_list_next) *)played_next,
	.list_iterator_destroy =
		(__typeof__(slurm_list_iterator_destroy) *)played_iterator_destroy,
	.strerror = played_strerror,
};

#endif
