/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read the command line of "dsfit size". It has three groups of options: the declaration's, which
 * come from the core's table; the request's, which are sbatch's (cli/slurm_words.c), with some that
 * describe nodes; and --sweep and --svg, which choose a picture.
 */
#include "cli/size_arguments.h"

#include <error.h>
#include <stdlib.h>

#include "cli/given_back.h"
#include "cli/output.h"
#include "cli/sweep.h"
#include "core/base/size.h"

enum {
	KEY_GPU = CLI_KEY_OWN,
	KEY_GPU_MEMORY,
	KEY_NETWORK,
	KEY_FROM,
	KEY_SOLVE,
	KEY_SWEEP,
	KEY_SVG,
	KEY_HTML,
};

static const struct argp_option own_options[] = {
	{ "from", KEY_FROM, "FILE", 0, "options that dsfit has printed, or its JSON; -: stdin",
	  CLI_GROUP_OWN + 1 },
	{ "gpu", KEY_GPU, "NAME", 0, "GPU type, as \"dsfit gpus\" lists it", 0 },
	{ "gpu-memory", KEY_GPU_MEMORY, "SIZE", 0,
	  "memory of a GPU that is not listed, such as 80GB", 0 },
	{ "network", KEY_NETWORK, "RATE", 0, "network per node, such as 100Gbps", 0 },
	{ "account", 'A', "NAME", 0, "account, whose limits apply", 0 },
	{ "solve", KEY_SOLVE, "batch|seq|model", 0,
	  "the largest that fits the request, or each card of this site", 0 },
	{ NULL, 0, NULL, 0, "Picture:", CLI_GROUP_OWN + 2 },
	{ "sweep", KEY_SWEEP, "gpus|batch|seq", 0, "vary this and show the peak memory per GPU",
	  0 },
	{ "svg", KEY_SVG, "FILE", 0, "write an SVG picture; -: to stdout, without text", 0 },
	{ "html", KEY_HTML, "FILE", 0, "write a page for a browser; -: to stdout, without text",
	  0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct size_arguments *a = state->input;
	struct dsfit_error why;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		state->child_inputs[1] = &a->slurm;
		return 0;
	case KEY_GPU:
		a->gpu = arg;
		return 0;
	case KEY_GPU_MEMORY:
		cli_take_size("gpu-memory", arg, &a->gpu_memory);
		a->gpu_memory_text = arg;
		return 0;
	case KEY_NETWORK:
		if (dsfit_parse_rate(arg, &a->network, &why))
			cli_reject("network", &why);
		a->network_text = arg;
		return 0;
	case 'A':
		a->who.account = a->slurm.options.text[SLURM_ACCOUNT] = arg;
		return 0;
	case KEY_SOLVE:
		a->solve = cli_solve_take(arg);
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
		if (size_script_take(&a->script, arg))
			return 0;
		return cli_declaration_take_argument(&a->declaration, arg);
	default:
		return cli_declaration_take(&a->declaration, key, arg);
	}
}

void size_arguments_read(int argc, char **argv, struct size_arguments *out)
{
	const struct argp_child children[] = {
		{ &cli_common_argp, 0, NULL, 0 },
		{ &cli_slurm_argp, 0, "Request, as for sbatch (without one, dsfit finds the "
		  "smallest that fits):", CLI_GROUP_OWN },
		{ 0 },
	};
	struct argp_option *options = cli_declaration_options(own_options);
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.children = children,
		.args_doc = "[MODEL | SCRIPT [ARGUMENT...]]",
		.doc = "Estimate what a training job needs, and check whether a request is large "
		       "enough. Exit status 0: it fits; 1: it does not; 2: bad usage or input.",
	};

	*out = (struct size_arguments){
		.declaration = { .prefix = "--" },
	};
	cli_expand(&argc, &argv);
	size_script_expand(&out->script, &argc, &argv);
	cli_parse(&argp, argc, argv, out);
	free(options);
	size_script_read(&out->script, &out->common, &out->declaration);
	cli_slurm_request(&out->slurm, &out->request);
	cli_one_stdout(out->common.json, out->svg, out->html);
	if (out->solve && (out->sweep || out->svg || out->html))
		error(CLI_USAGE, 0, "--solve has no picture: give no --%s with it",
		      out->sweep ? "sweep" : out->svg ? "svg" : "html");
}
