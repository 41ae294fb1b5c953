/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/plan_json.h"

#include <stdio.h>

#include <json-c/json.h>

#include "cli/output.h"
#include "cli/plan_request.h"
#include "core/base/size.h"
#include "core/formats/json_write.h"

/* Return the name of a row's partition; "" if the site has no default one. */
static const char *partition_of(const struct dsfit_site *site, const struct dsfit_alternative *row)
{
	const struct dsfit_partition *partition;

	if (row->request.partition[0])
		return row->request.partition;
	partition = dsfit_site_partition(site, NULL);
	return partition ? partition->name : "";
}

static void add(struct json_object *o, const char *key, struct json_object *value)
{
	dsfit_json_add(o, key, value);
}

/* Return a number with ten digits; NULL, JSON's null, if it is negative: unknown. */
static struct json_object *number(double value)
{
	char text[64];

	if (value < 0)
		return NULL;
	snprintf(text, sizeof(text), "%.10g", value);
	return json_object_new_double_s(value, text);
}

static struct json_object *json_row(const struct dsfit_site *site,
				    const struct dsfit_alternative *row)
{
	const struct dsfit_assessment *a = &row->assessment;
	struct json_object *o = json_object_new_object();
	char text[PLAN_REQUEST_MAX];

	plan_request(row, text);
	add(o, "request", json_object_new_string(text));
	add(o, "nodes", dsfit_json_whole(a->layout.nodes));
	add(o, "gpus_per_node", dsfit_json_whole(a->layout.gpus_per_node));
	add(o, "gpus", dsfit_json_whole(a->layout.gpus));
	add(o, "gpu", json_object_new_string(a->class->gpu->name));
	add(o, "partition", json_object_new_string(partition_of(site, row)));
	add(o, "preemptible", json_object_new_boolean(row->preemptible));
	add(o, "peak", dsfit_json_whole(a->account.gpu.peak));
	add(o, "capacity", dsfit_json_whole(a->gpu_capacity));
	add(o, "head_room", dsfit_json_whole(dsfit_sub(a->gpu_capacity, a->account.gpu.peak)));
	add(o, "per_hour", number(a->price));
	add(o, "per_billion_tokens", number(a->price_per_billion));
	add(o, "days_per_billion_tokens", number(a->days_per_billion));
	add(o, "network_wait", number(a->waiting));
	add(o, "price", a->class->price < 0 ? NULL :
		json_object_new_string(a->class->guides_price ? "guide" : "site"));
	add(o, "verdict", json_object_new_string(dsfit_verdict_names[
		dsfit_with_evaluation(a, a->overall)]));
	return o;
}

void plan_json(const struct dsfit_site *site, const struct dsfit_alternative *rows,
	       size_t count)
{
	struct json_object *array;

	dsfit_json_begin();
	array = json_object_new_array();
	for (size_t i = 0; i < count; i++)
		dsfit_json_append(array, json_row(site, &rows[i]));
	cli_print_json(array, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			      JSON_C_TO_STRING_NOSLASHESCAPE);
}
