/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "dsfit size" compares a request with the site's own nodes. If the request names a GPU that no
 * nodes of the site have, or the memory of a GPU, it is about other nodes. Then the site's nodes
 * are replaced by one class of nodes as described.
 *
 *   --gpu-memory, or a GPU that the site lacks    one described class
 *   --gpu and --network                           one described class
 *   --network alone                               the site's nodes, with that network
 *   anything else                                 the site's nodes
 */
#include "cli/size_nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/gpu_names.h"
#include "cli/request.h"
#include "core/base/size.h"
#include "core/decide/decide.h"
#include "core/request/features.h"
#include "core/request/placement.h"

/* Return the first node class with the GPU: one on which the request may run, if there is such a
 * class. NULL if no nodes have the GPU. */
static const struct dsfit_node_class *site_class(const struct dsfit_site *site,
						 const struct dsfit_gpu *gpu,
						 const struct dsfit_request *r)
{
	const struct dsfit_node_class *elsewhere = NULL;

	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];

		if (class->gpu != gpu)
			continue;
		if (dsfit_class_in_partition(site, class, r->partition) &&
		    dsfit_features_match(r->features, &class->features, r->nodes_min))
			return class;
		elsewhere = elsewhere ? elsewhere : class;
	}
	return elsewhere;
}

/* Return the GPUs per node of the request, on as few nodes as `each` GPUs per node allow. */
static uint64_t gpus_per_node(const struct dsfit_site *site, const struct dsfit_request *r,
			      uint64_t each)
{
	const struct dsfit_node_class unlimited = dsfit_unlimited_class();
	struct dsfit_layout layout;

	if (r->scope == DSFIT_GPUS_PER_NODE || r->scope == DSFIT_GPUS_UNSET)
		return r->gpus;
	if (r->scope == DSFIT_GPUS_PER_TASK)
		return dsfit_lay_out(site, r, &unlimited, &layout) ? layout.gpus_per_node : r->gpus;
	return dsfit_div_up(r->gpus, r->nodes_given ? r->nodes_min : dsfit_div_up(r->gpus, each));
}

/* Replace the site's nodes by one class as described. */
static void describe_nodes(const struct size_arguments *a, const struct dsfit_gpu *known,
			   struct size_nodes *out)
{
	const struct dsfit_request *r = &a->request;
	uint64_t each = gpus_per_node(&out->site, r, 8);
	struct dsfit_node_class *class = &out->described_class;
	struct dsfit_gpu *gpu = &out->card;

	if (known)
		*gpu = *known;
	else
		*gpu = (struct dsfit_gpu){ .name = "gpu", .label = "GPU", .price = -1 };
	if (a->gpu_memory)
		gpu->memory = a->gpu_memory;
	*class = (struct dsfit_node_class){
		.count = 1024,
		.gpu = gpu,
		.gpus = r->scope == DSFIT_GPUS_PER_JOB && r->nodes_given ? each :
									    dsfit_max(each, 8),
		.memory = r->memory_scope == DSFIT_MEMORY_PER_NODE ? r->memory : 0,
		.scratch = r->scratch,
		.network = a->network,
		.price = -1,
	};
	strcpy(class->gres_type, gpu->name);
	if (gpu->price >= 0)
		class->price = gpu->price * (double)class->gpus;
	class->guides_price = gpu->guides_price;
	out->site.classes = class;
	out->site.class_count = 1;
}

/* Copy the site's node classes, and give them another network. They lose their names, because the
 * network is not theirs. */
static void replace_network(uint64_t network, struct size_nodes *out)
{
	struct dsfit_site *site = &out->site;
	struct dsfit_node_class *classes = calloc(site->class_count + 1, sizeof(*classes));

	cli_need(!classes);
	if (site->class_count)
		memcpy(classes, site->classes, site->class_count * sizeof(*classes));
	for (size_t i = 0; i < site->class_count; i++) {
		classes[i].network = network;
		classes[i].name[0] = '\0';
	}
	site->classes = out->replaced = classes;
}

static bool is_gres_type(const struct dsfit_site *site, const char *name)
{
	for (size_t i = 0; i < site->class_count; i++)
		if (!strcmp(site->classes[i].gres_type, name))
			return true;
	return false;
}

/* End the command: no list has a GPU of that name. */
static void reject_gpu(const struct dsfit_site *site, const char *option, const char *name)
{
	char before[64];

	snprintf(before, sizeof(before), "--%s=", option);
	cli_reject_gpu(site, before, name, "must be a name that \"dsfit gpus\" lists, or any name "
		       "with --gpu-memory");
}

const struct dsfit_gpu *size_find_gpu(const struct size_arguments *a, const struct dsfit_site *site)
{
	const char *name = a->gpu ? a->gpu : a->request.gpu_type;
	const struct dsfit_gpu *gpu;

	/* In sbatch's words a type is the site's gres type, whatever card has that name. */
	if (!name[0] || (!a->gpu && !a->gpu_memory && is_gres_type(site, name)))
		return NULL;
	gpu = cli_find_gpu(site, name);
	if (!gpu && !a->gpu_memory)
		reject_gpu(site, a->gpu ? "gpu" : dsfit_slurm_option_names[a->request.form], name);
	return gpu;
}

void size_nodes_choose(const struct size_arguments *a, const struct dsfit_site *site,
		       const struct dsfit_gpu *gpu, struct dsfit_request *request,
		       struct size_nodes *out)
{
	const struct dsfit_node_class *class = gpu ? site_class(site, gpu, request) : NULL;
	bool by_hand = a->gpu_memory || (gpu && (!class || a->network));

	*out = (struct size_nodes){ .site = *site };
	if (!by_hand) {
		cli_need(dsfit_reach_begin(&out->reach, site,
					   a->slurm.options.text[SLURM_NODELIST],
					   a->slurm.options.text[SLURM_EXCLUDE]));
		out->site = *out->reach.site;
	}
	if (by_hand)
		describe_nodes(a, gpu, out);
	else if (a->network)
		replace_network(a->network, out);
	out->described = by_hand || out->replaced;
	if (out->described)
		cli_need(dsfit_site_sort(&out->site));
	if (by_hand)
		class = &out->described_class;
	if (gpu && class)
		strcpy(request->gpu_type, class->gres_type);
	else if (by_hand)
		request->gpu_type[0] = '\0';
	/* Described nodes have no features. */
	if (by_hand)
		request->features[0] = '\0';
}

void size_nodes_free(struct size_nodes *nodes)
{
	dsfit_reach_end(&nodes->reach);
	free(nodes->replaced);
	if (!nodes->described)
		return;
	free(nodes->site.by_type);
	free(nodes->site.kinds);
}
