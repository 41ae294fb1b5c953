/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read the command line of "dsfit size". It has three groups of options: the declaration's, which
 * come from the core's table; the request's, which are named like those of sbatch where sbatch has
 * them; and --sweep and --svg, which choose a picture.
 */
#include "cli/size_arguments.h"

#include <error.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "cli/request.h"
#include "cli/sweep.h"
#include "core/base/size.h"
#include "plugin/slurm_options.h"

enum {
	KEY_NODES = CLI_KEY_OWN,
	KEY_GPUS_PER_NODE,
	KEY_GPUS,
	KEY_GPU,
	KEY_GPU_MEMORY,
	KEY_MEM,
	KEY_TMP,
	KEY_NETWORK,
	KEY_PARTITION,
	KEY_CONSTRAINT,
	KEY_QOS,
	KEY_ACCOUNT,
	KEY_SWEEP,
	KEY_SVG,
	KEY_HTML,
};

static const struct argp_option request_options[] = {
	{ NULL, 0, NULL, 0, "Request (without one, dsfit finds the smallest that fits):",
	  CLI_GROUP_OWN },
	{ "nodes", KEY_NODES, "N", 0, "number of nodes", 0 },
	{ "gpus-per-node", KEY_GPUS_PER_NODE, "N", 0, "GPUs per node, or NAME:N", 0 },
	{ "gpus", KEY_GPUS, "N", 0, "GPUs in total, or NAME:N", 0 },
	{ "gpu", KEY_GPU, "NAME", 0, "GPU type, as \"dsfit gpus\" lists it", 0 },
	{ "gpu-memory", KEY_GPU_MEMORY, "SIZE", 0,
	  "memory of a GPU that is not listed, such as 80GB", 0 },
	{ "mem", KEY_MEM, "SIZE", 0, "host memory per node, in MiB without a unit", 0 },
	{ "tmp", KEY_TMP, "SIZE", 0, "scratch per node, in MiB without a unit", 0 },
	{ "network", KEY_NETWORK, "RATE", 0, "network per node, such as 100Gbps", 0 },
	{ "partition", KEY_PARTITION, "NAME", 0, "Slurm partition", 0 },
	{ "constraint", KEY_CONSTRAINT, "FEATURES", 0, "node features, as in sbatch", 0 },
	{ "qos", KEY_QOS, "NAME", 0, "QOS, whose limits apply", 0 },
	{ "account", KEY_ACCOUNT, "NAME", 0, "account, whose limits apply", 0 },
	{ NULL, 0, NULL, 0, "Picture:", CLI_GROUP_OWN + 1 },
	{ "sweep", KEY_SWEEP, "gpus|batch|seq", 0, "vary this and show the peak memory per GPU",
	  0 },
	{ "svg", KEY_SVG, "FILE", 0, "write an SVG picture; -: to stdout, without text", 0 },
	{ "html", KEY_HTML, "FILE", 0, "write a page for a browser; -: to stdout, without text",
	  0 },
	{ 0 },
};

/* Read [NAME:]N, as sbatch writes it. `scope` is per node or per job. */
static void take_gpus(struct size_arguments *a, const char *option, enum dsfit_gpu_scope scope,
		      const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;

	if (a->request.scope != DSFIT_GPUS_UNSET && a->request.scope != scope)
		error(CLI_USAGE, 0, "--%s: give --gpus or --gpus-per-node, not both", option);
	if (length >= sizeof(a->gpu_before))
		error(CLI_USAGE, 0, "--%s: too long", option);
	if (colon) {
		memcpy(a->gpu_before, text, length);
		a->gpu_before[length] = '\0';
		a->gpu = a->gpu_before;
		a->gpu_option = option;
	}
	cli_take_number(option, colon ? colon + 1 : text, &a->request.gpus);
	a->request.scope = scope;
	a->request.form = scope == DSFIT_GPUS_PER_JOB ? SLURM_GPUS : DSFIT_FORM_NONE;
}

/* Read the options that describe the nodes, and those of the declaration. */
static error_t parse_nodes(int key, char *arg, struct size_arguments *a)
{
	struct dsfit_request *r = &a->request;
	struct dsfit_error why;

	switch (key) {
	case KEY_GPU_MEMORY:
		cli_take_size("gpu-memory", arg, &a->gpu_memory);
		a->gpu_memory_text = arg;
		return 0;
	case KEY_MEM:
		cli_take_mebibytes("mem", arg, &r->memory);
		/* As in sbatch, 0 means all memory of the node. */
		r->memory_scope = r->memory ? DSFIT_MEMORY_PER_NODE : DSFIT_MEMORY_WHOLE_NODE;
		return 0;
	case KEY_TMP:
		cli_take_mebibytes("tmp", arg, &r->scratch);
		return 0;
	case KEY_NETWORK:
		if (dsfit_parse_rate(arg, &a->network, &why))
			cli_reject("network", &why);
		a->network_text = arg;
		return 0;
	case KEY_PARTITION:
		cli_take_partition(arg, r);
		return 0;
	case KEY_CONSTRAINT:
		cli_take_constraint(arg, r);
		return 0;
	case KEY_QOS:
		cli_take_qos(arg, r);
		return 0;
	case KEY_ACCOUNT:
		a->who.account = arg;
		return 0;
	default:
		return cli_declaration_take(&a->declaration, key, arg);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct size_arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case KEY_NODES:
		cli_take_number("nodes", arg, &a->request.nodes_min);
		a->request.nodes_max = a->request.nodes_min;
		a->request.nodes_given = true;
		return 0;
	case KEY_GPUS_PER_NODE:
		take_gpus(a, "gpus-per-node", DSFIT_GPUS_PER_NODE, arg);
		return 0;
	case KEY_GPUS:
		take_gpus(a, "gpus", DSFIT_GPUS_PER_JOB, arg);
		return 0;
	case KEY_GPU:
		a->gpu = arg;
		a->gpu_option = "gpu";
		return 0;
	case KEY_SWEEP:
		a->sweep = cli_sweep_take(arg);
		return 0;
	case KEY_SVG:
		a->svg = arg;
		return 0;
	case KEY_HTML:
		a->html = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "%s: unexpected argument: write --model=%s", arg, arg);
		return 0;
	default:
		return parse_nodes(key, arg, a);
	}
}

void size_arguments_read(int argc, char **argv, struct size_arguments *out)
{
	const struct argp_child children[] = { { &cli_common_argp, 0, NULL, 0 }, { 0 } };
	struct argp_option *options = cli_declaration_options(request_options);
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.children = children,
		.doc = "Estimate what a training job needs, and check whether a request is large "
		       "enough. Exit status 0: it fits; 1: it does not; 2: bad usage or input.",
	};

	*out = (struct size_arguments){
		.declaration = { .prefix = "--" },
		.request = { .nodes_min = 1, .form = DSFIT_FORM_NONE },
	};
	cli_parse(&argp, argc, argv, out);
	free(options);
	cli_one_stdout(out->common.json, out->svg, out->html);
}
