/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/request.h"

#include <error.h>
#include <string.h>

#include "cli/common.h"
#include "core/base/near_miss.h"
#include "core/request/features.h"
#include "core/site/card_name.h"

static void take(const char *option, const char *value, char out[DSFIT_EXPRESSION_MAX])
{
	if (strlen(value) >= DSFIT_EXPRESSION_MAX)
		error(CLI_USAGE, 0, "--%s: too long", option);
	strcpy(out, value);
}

void cli_take_partition(const char *value, struct dsfit_request *request)
{
	take("partition", value, request->partition);
}

void cli_take_constraint(const char *value, struct dsfit_request *request)
{
	take("constraint", value, request->features);
}

void cli_take_qos(const char *value, struct dsfit_request *request)
{
	if (strlen(value) >= sizeof(request->qos))
		error(CLI_USAGE, 0, "--qos: too long");
	strcpy(request->qos, value);
}

/* Accept a partition that has a section or that some nodes name; reject others. `whole` is the
 * option's value. */
static void check_one_partition(const struct dsfit_site *site, const char *whole, const char *name)
{
	char text[DSFIT_NEAR_TEXT];
	struct dsfit_near near;

	dsfit_near_start(&near, name);
	for (size_t i = 0; i < site->partition_count; i++)
		dsfit_near_try(&near, site->partitions[i].name, &site->partitions[i]);
	for (size_t i = 0; i < site->class_count; i++)
		if (dsfit_names_have(&site->classes[i].partitions, name))
			return;
	if (site->partition_count && !dsfit_site_partition(site, name))
		error(CLI_USAGE, 0, "--partition=%s: %sthe configuration has no such "
		      "partition", whole, dsfit_near_text(&near, text));
}

void cli_check_partition(const struct dsfit_site *site, const struct dsfit_request *request)
{
	char list[DSFIT_EXPRESSION_MAX], *rest = list, *name;

	/* Commas alone name no partition. */
	if (request->partition[0] && !request->partition[strspn(request->partition, ",")])
		check_one_partition(site, request->partition, request->partition);
	strcpy(list, request->partition);
	while ((name = strsep(&rest, ",")))
		if (*name)
			check_one_partition(site, request->partition, name);
}

void cli_check_constraint(const struct dsfit_site *site, const struct dsfit_request *request,
			  const struct dsfit_gpu *gpu)
{
	char text[DSFIT_NEAR_TEXT];
	struct dsfit_near near;

	if (!request->features[0])
		return;
	dsfit_near_start(&near, request->features);
	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];

		if (gpu && class->gpu != gpu)
			continue;
		if (dsfit_features_match(request->features, &class->features,
					 request->nodes_min))
			return;
		for (size_t j = 0; j < class->features.count; j++)
			if (strcmp(near.best ? near.best : "", class->features.name[j]))
				dsfit_near_try(&near, class->features.name[j],
					       class->features.name[j]);
	}
	error(CLI_USAGE, 0, "--constraint=%s: %sno nodes%s%s in the configuration have these "
	      "features", request->features, dsfit_near_text(&near, text), gpu ? " with " : "",
	      gpu ? gpu->label : "");
}

const struct dsfit_gpu *cli_find_gpu(const struct dsfit_site *site, const char *name)
{
	const struct dsfit_gpu *gpu = dsfit_site_gpu(site, name);

	for (size_t i = 0; !gpu && i < site->class_count; i++)
		if (!strcmp(site->classes[i].gres_type, name))
			gpu = site->classes[i].gpu;
	return gpu;
}
