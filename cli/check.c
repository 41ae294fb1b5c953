/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include <stdio.h>

#include <json-c/json.h>

int cli_check(int argc, char **argv)
{
	const struct argp_child children[] = { { &cli_common_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		.children = children,
		.doc = "Read the configuration and say whether it is sound: exit status 0, or 2 "
		       "and the file and line of what is wrong.",
	};
	struct cli_common common = { 0 };
	struct dsfit_site *site;

	if (argp_parse(&argp, argc, argv, 0, NULL, &common))
		return CLI_USAGE;
	site = cli_load(&common);
	if (common.json) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "sound", json_object_new_boolean(1));
		json_object_object_add(o, "gpus", json_object_new_int64((int64_t)site->gpu_count));
		json_object_object_add(o, "models",
				       json_object_new_int64((int64_t)site->models.count));
		json_object_object_add(o, "nodes",
				       json_object_new_int64((int64_t)site->class_count));
		json_object_object_add(o, "partitions",
				       json_object_new_int64((int64_t)site->partition_count));
		puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
		json_object_put(o);
	} else {
		printf("sound: %zu GPUs, %zu models, %zu node classes, %zu partitions\n",
		       site->gpu_count, site->models.count, site->class_count,
		       site->partition_count);
	}
	dsfit_site_free(site);
	return 0;
}
