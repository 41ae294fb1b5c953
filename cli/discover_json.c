/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/discover_json.h"

#include <json-c/json.h>

#include "core/base/size.h"

static void add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

/* MiB as bytes, and what is not known as null. */
static void add_number(struct json_object *o, const char *key, uint64_t number)
{
	json_object_object_add(o, key, number ? json_object_new_int64((int64_t)number) : NULL);
}

static void add_list(struct json_object *o, const char *key, const char *list)
{
	struct json_object *array = json_object_new_array();
	struct dsfit_names words = { NULL, 0 };

	found_split(list, &words);
	for (size_t i = 0; i < words.count; i++)
		json_object_array_add(array, json_object_new_string(words.name[i]));
	json_object_object_add(o, key, array);
	dsfit_names_free(&words);
}

static struct json_object *json_class(const struct found_class *class)
{
	struct json_object *o = json_object_new_object();
	char name[2 * DSFIT_NAME_MAX];

	found_class_card_name(class, name);
	add_text(o, "name", class->name);
	add_number(o, "count", class->count);
	json_object_object_add(o, "gpu", found_class_is_known(class) ?
			       json_object_new_string(name) : NULL);
	add_text(o, "gres_type", class->type);
	add_number(o, "gpus", class->gpus);
	add_number(o, "cpus", class->cpus);
	add_number(o, "memory", class->memory * DSFIT_MIB);
	add_number(o, "scratch", class->scratch * DSFIT_MIB);
	add_list(o, "features", class->features);
	add_list(o, "partitions", class->partitions);
	return o;
}

void discover_json(FILE *out, const struct discovery *d)
{
	struct json_object *o = json_object_new_object(), *nodes = json_object_new_array();
	struct json_object *partitions = json_object_new_array();

	for (size_t i = 0; i < d->count; i++)
		json_object_array_add(nodes, json_class(&d->classes[i]));
	for (size_t i = 0; i < d->cluster->partition_count; i++) {
		const struct cluster_partition *partition = &d->cluster->partitions[i];
		struct json_object *one = json_object_new_object();

		add_text(one, "name", partition->name);
		json_object_object_add(one, "default",
				       json_object_new_boolean(partition->is_default));
		json_object_object_add(one, "preemptible",
				       json_object_new_boolean(partition->preemptible));
		json_object_array_add(partitions, one);
	}
	add_text(o, "cluster", d->cluster->name);
	json_object_object_add(o, "nodes", nodes);
	json_object_object_add(o, "partitions", partitions);
	fprintf(out, "%s\n",
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
						  JSON_C_TO_STRING_SPACED |
						  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}
