/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/discover_json.h"

#include <stdlib.h>

#include <json-c/json.h>

#include "cli/common.h"
#include "core/base/size.h"
#include "core/formats/json_write.h"
#include "core/site/accounting.h"

/* The longest key, with its end. */
#define KEY_MAX 32

static void add_text(struct json_object *o, const char *key, const char *text)
{
	dsfit_json_add(o, key, json_object_new_string(text));
}

static void add_number(struct json_object *o, const char *key, uint64_t number)
{
	dsfit_json_add(o, key, dsfit_json_known(number));
}

static void add_names(struct json_object *o, const char *key, const struct dsfit_names *names)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < names->count; i++)
		dsfit_json_append(array, json_object_new_string(names->name[i]));
	dsfit_json_add(o, key, array);
}

static void add_list(struct json_object *o, const char *key, const char *list)
{
	struct dsfit_names words = { NULL, 0 };

	found_split(list, &words);
	add_names(o, key, &words);
	dsfit_names_free(&words);
}

static struct json_object *json_class(const struct found_class *class)
{
	struct json_object *o = json_object_new_object();
	struct dsfit_names hosts = found_class_hosts(class);
	char name[2 * DSFIT_NAME_MAX];

	found_class_card_name(class, name);
	add_text(o, "name", class->name);
	add_number(o, "count", class->count);
	add_names(o, "names", &hosts);
	dsfit_names_free(&hosts);
	dsfit_json_add(o, "gpu", found_class_is_known(class) ?
		       json_object_new_string(name) : NULL);
	add_text(o, "gres_type", class->type);
	add_number(o, "gpus", class->gpus);
	add_number(o, "cpus", class->cpus);
	add_number(o, "memory", dsfit_mul(class->memory, DSFIT_MIB));
	add_number(o, "scratch", dsfit_mul(class->scratch, DSFIT_MIB));
	add_list(o, "features", class->features);
	add_list(o, "partitions", class->partitions);
	return o;
}

static void add_boolean(struct json_object *o, const char *key, bool value)
{
	dsfit_json_add(o, key, json_object_new_boolean(value));
}

static void add_memory(struct json_object *o, const struct cluster_memory *memory)
{
	add_number(o, "default_mem_per_node", dsfit_mul(memory->per_node, DSFIT_MIB));
	add_number(o, "default_mem_per_gpu", dsfit_mul(memory->per_gpu, DSFIT_MIB));
	add_number(o, "default_mem_per_cpu", dsfit_mul(memory->per_cpu, DSFIT_MIB));
}

/* A limit may be 0; none is null. */
static void add_limit(struct json_object *o, const char *key, uint64_t limit)
{
	dsfit_json_add(o, key, limit == UINT64_MAX ? NULL : dsfit_json_whole(limit));
}

/* A key of dsfit.conf as one of JSON: with _ for -. */
static const char *json_key(const char *key, char out[KEY_MAX])
{
	snprintf(out, KEY_MAX, "%s", key);
	for (char *c = out; *c; c++)
		*c = *c == '-' ? '_' : *c;
	return out;
}

/* Add the limits of the first so many kinds. */
static void add_limits(struct json_object *o, const struct dsfit_limits *limits, int kinds)
{
	char key[KEY_MAX];

	for (int kind = 0; kind < kinds; kind++) {
		const struct dsfit_limit_keys *keys = &dsfit_limit_keys[kind];
		const struct dsfit_limits *one = &limits[kind];
		struct json_object *types = json_object_new_object();

		add_limit(o, json_key(keys->gpus, key), one->gpus);
		add_limit(o, json_key(keys->nodes, key), one->nodes);
		for (size_t i = 0; i < one->type_count; i++)
			add_limit(types, one->of_type[i].type, one->of_type[i].gpus);
		dsfit_json_add(o, json_key(keys->gpus_of, key), types);
	}
}

static struct json_object *json_partitions(const struct cluster *cluster)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < cluster->partition_count; i++) {
		const struct cluster_partition *partition = &cluster->partitions[i];
		struct json_object *one = json_object_new_object();

		add_text(one, "name", partition->name);
		add_boolean(one, "default", partition->is_default);
		add_boolean(one, "preemptible", partition->preemptible);
		add_boolean(one, "only_named", partition->only_named);
		add_memory(one, &partition->memory);
		add_limit(one, "max_nodes", partition->max_nodes);
		add_text(one, "qos", partition->qos);
		dsfit_json_append(all, one);
	}
	return all;
}

static struct json_object *json_qos(const struct accounting *accounting)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < accounting->qos_count; i++) {
		const struct cluster_qos *qos = &accounting->qos[i];
		struct json_object *one = json_object_new_object();

		add_text(one, "name", qos->name);
		add_boolean(one, "default", qos->is_default);
		add_boolean(one, "over_part_qos", qos->over_part_qos);
		add_boolean(one, "partition_max_nodes", qos->partition_max_nodes);
		dsfit_json_add(one, "limit_factor", qos->limit_factor > 0 ?
			       json_object_new_double(qos->limit_factor) : NULL);
		add_limits(one, qos->limits, DSFIT_LIMIT_KINDS);
		dsfit_json_append(all, one);
	}
	return all;
}

static struct json_object *json_associations(const struct accounting *accounting)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < accounting->association_count; i++) {
		const struct cluster_association *association = &accounting->associations[i];
		struct json_object *one = json_object_new_object();

		add_text(one, "account", association->account);
		add_text(one, "user", association->user);
		add_text(one, "qos", association->qos);
		add_names(one, "users", &association->users);
		add_limits(one, association->limits, DSFIT_ASSOCIATION_KINDS);
		dsfit_json_append(all, one);
	}
	return all;
}

void discover_json(FILE *out, const struct discovery *d)
{
	struct json_object *o, *nodes;
	char *text;

	dsfit_json_begin();
	o = json_object_new_object();
	nodes = json_object_new_array();
	for (size_t i = 0; i < d->count; i++)
		dsfit_json_append(nodes, json_class(&d->classes[i]));
	add_text(o, "cluster", d->cluster->name);
	add_memory(o, &d->cluster->memory);
	dsfit_json_add(o, "nodes", nodes);
	dsfit_json_add(o, "partitions", json_partitions(d->cluster));
	dsfit_json_add(o, "qos", json_qos(&d->cluster->accounting));
	dsfit_json_add(o, "associations", json_associations(&d->cluster->accounting));
	text = dsfit_json_end(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
				 JSON_C_TO_STRING_NOSLASHESCAPE);
	cli_need(!text);
	fprintf(out, "%s\n", text);
	free(text);
}
