/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dsfit size: one declaration on one request. Where the request names a card that the site does
 * not have, or states memory or a network of its own, the site is put aside for nodes made
 * as described.
 */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/declaration.h"
#include "cli/output.h"
#include "cli/request.h"
#include "cli/sweep.h"

#include <ctype.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/near_miss.h"
#include "core/base/size.h"
#include "core/decide/decide.h"
#include "core/declare/declaration.h"
#include "core/say/say.h"
#include "core/say/say_account.h"
#include "core/say/say_json.h"
#include "plugin/request.h"

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
	KEY_SWEEP,
	KEY_SVG,
};

static const struct argp_option request_options[] = {
	{ NULL, 0, NULL, 0, "The request (nothing asked: the smallest of the site that fits):",
	  CLI_GROUP_OWN },
	{ "nodes", KEY_NODES, "N", 0, "number of nodes", 0 },
	{ "gpus-per-node", KEY_GPUS_PER_NODE, "N", 0, "GPUs per node, or NAME:N", 0 },
	{ "gpus", KEY_GPUS, "N", 0, "GPUs in all, or NAME:N", 0 },
	{ "gpu", KEY_GPU, "NAME", 0, "GPU type, as \"dsfit gpus\" lists it", 0 },
	{ "gpu-memory", KEY_GPU_MEMORY, "SIZE", 0,
	  "memory of a GPU that is not listed, such as 80GB", 0 },
	{ "mem", KEY_MEM, "SIZE", 0, "host memory per node; without a unit MiB", 0 },
	{ "tmp", KEY_TMP, "SIZE", 0, "scratch per node; without a unit MiB", 0 },
	{ "network", KEY_NETWORK, "RATE", 0, "network per node, such as 100Gbps", 0 },
	{ "partition", KEY_PARTITION, "NAME", 0, "Slurm's partition", 0 },
	{ "constraint", KEY_CONSTRAINT, "FEATURES", 0, "features of the nodes, as in sbatch", 0 },
	{ NULL, 0, NULL, 0, "The picture:", CLI_GROUP_OWN + 1 },
	{ "sweep", KEY_SWEEP, "gpus|batch|seq", 0, "show how a GPU's peak moves with this", 0 },
	{ "svg", KEY_SVG, "FILE", 0, "draw it as SVG; -: instead of the text", 0 },
	{ 0 },
};

struct arguments {
	struct cli_common common;
	struct dsfit_declaration declaration;
	struct dsfit_request request;
	const char *gpu, *gpu_option;		/* a card's name, and what named it */
	char gpu_before[DSFIT_NAME_MAX];	/* of NAME:N */
	uint64_t gpu_memory, network;
	const char *gpu_memory_text, *network_text;	/* the same, as typed */
	bool described;				/* nodes or a network that the site has not */
	enum cli_sweep sweep;
	const char *svg;
	const struct dsfit_node_class *beyond;	/* nodes of the site that are too few or small */
};

/* [NAME:]N, as sbatch has it; of so many in which scope. */
static void take_gpus(struct arguments *a, const char *option, enum dsfit_gpu_scope scope,
		      const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;

	if (a->request.scope != DSFIT_GPUS_UNSET && a->request.scope != scope)
		error(CLI_USAGE, 0, "--%s: --gpus and --gpus-per-node: accepted is one of them",
		      option);
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

static error_t parse_request(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	struct dsfit_request *r = &a->request;
	struct dsfit_error why;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case KEY_NODES:
		cli_take_number("nodes", arg, &r->nodes_min);
		r->nodes_max = r->nodes_min;
		r->nodes_given = true;
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
	case KEY_GPU_MEMORY:
		cli_take_size("gpu-memory", arg, &a->gpu_memory);
		a->gpu_memory_text = arg;
		return 0;
	case KEY_MEM:
		cli_take_mebibytes("mem", arg, &r->memory);
		/* 0 is all that a node has, as in sbatch. */
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
	case KEY_SWEEP:
		a->sweep = cli_sweep_take(arg);
		return 0;
	case KEY_SVG:
		a->svg = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "%s: no argument is accepted, only options", arg);
		return 0;
	default:
		return cli_declaration_take(&a->declaration, key, arg);
	}
}

/* The class of the site that has the card, where the request may land; NULL where none has. */
static const struct dsfit_node_class *site_class(const struct dsfit_site *site,
						 const struct dsfit_gpu *gpu,
						 const struct dsfit_request *r)
{
	for (size_t i = 0; i < site->class_count; i++)
		if (site->classes[i].gpu == gpu &&
		    dsfit_class_in_partition(site, &site->classes[i], r->partition) &&
		    dsfit_features_match(r->features, &site->classes[i].features,
					 r->nodes_min))
			return &site->classes[i];
	return NULL;
}

/* GPUs of the request on a node, on as few of its nodes as `each` allows. */
static uint64_t gpus_per_node(const struct dsfit_request *r, uint64_t each)
{
	if (r->scope != DSFIT_GPUS_PER_JOB)
		return r->gpus;
	return dsfit_div_up(r->gpus, r->nodes_given ? r->nodes_min : dsfit_div_up(r->gpus, each));
}

/* Whether the class can be what the request describes. */
static bool can_hold(const struct dsfit_node_class *class, const struct dsfit_request *r)
{
	return r->nodes_min <= class->count && gpus_per_node(r, class->gpus) <= class->gpus &&
	       (r->scope != DSFIT_GPUS_PER_JOB || r->gpus <= class->gpus * class->count) &&
	       (!class->memory || r->memory <= class->memory) &&
	       (!class->scratch || r->scratch <= class->scratch);
}

/* What the words "NAME has 100 Gbps" call nodes whose network the user has given. */
#define AS_GIVEN "the request"

/* A site of nodes as described, and nothing else; the card is kept in *gpu. */
static void describe_nodes(const struct arguments *a, const struct dsfit_gpu *known,
			   struct dsfit_gpu *gpu, struct dsfit_node_class *class,
			   struct dsfit_site *site)
{
	if (known)
		*gpu = *known;
	else
		*gpu = (struct dsfit_gpu){ .name = "gpu", .label = "GPU", .price = -1 };
	if (a->gpu_memory)
		gpu->memory = a->gpu_memory;
	*class = (struct dsfit_node_class){
		.name = AS_GIVEN,
		.count = 1024,
		.gpu = gpu,
		.gpus = dsfit_max(gpus_per_node(&a->request, 8), 8),
		.memory = a->request.memory,
		.scratch = a->request.scratch,
		.network = a->network,
		.price = -1,
	};
	strcpy(class->gres_type, gpu->name);
	if (gpu->price >= 0)
		class->price = gpu->price * (double)class->gpus;
	class->guides_price = gpu->guides_price;
	site->classes = class;
	site->class_count = 1;
}

/* The site's own nodes on another network. The caller frees the classes. */
static struct dsfit_node_class *replace_network(struct dsfit_site *site, uint64_t network)
{
	size_t size = (site->class_count + 1) * sizeof(*site->classes);
	struct dsfit_node_class *classes = malloc(size);

	if (!classes)
		error(CLI_USAGE, 0, "out of memory");
	if (site->class_count)
		memcpy(classes, site->classes, site->class_count * sizeof(*classes));
	for (size_t i = 0; i < site->class_count; i++) {
		classes[i].network = network;
		strcpy(classes[i].name, AS_GIVEN);
	}
	site->classes = classes;
	return classes;
}

/* For what writes requests, which is told no more than the request. */
static struct {
	const struct dsfit_site *site;		/* that the job is held against */
	const struct arguments *arguments;
} writing;

/* The card that a request's gres type is on the nodes where it may land, as --gpu takes it; NULL
 * for one that --gpu-memory alone describes. */
static const char *name_gpu(const struct dsfit_request *r)
{
	const struct dsfit_site *site = writing.site;

	for (size_t i = 0; i < site->class_count; i++)
		if (dsfit_matches(site, r, &site->classes[i]))
			return site->classes[i].gpu->label_memory ? site->classes[i].gpu->name :
								    NULL;
	return r->gpu_type;
}

static void put_memory(FILE *out, const struct dsfit_request *r)
{
	bool odd = r->memory % DSFIT_GIB;
	uint64_t memory = r->memory / (odd ? DSFIT_MIB : DSFIT_GIB);

	if (r->memory_scope == DSFIT_MEMORY_PER_GPU)
		memory *= r->gpus;
	if (r->memory)
		fprintf(out, " --mem=%llu%s", (unsigned long long)memory, odd ? "MiB" : "GiB");
}

/* A request in the command's own options, so that it can be typed after "dsfit size": what it
 * describes of nodes that are not the site's goes with it. */
static const char *write_request(const struct dsfit_request *r, char *text, size_t size)
{
	const struct arguments *a = writing.arguments;
	const char *gpu = r->gpu_type[0] ? name_gpu(r) : NULL;
	const char *quote = strpbrk(r->features, "|&()[]*") ? "\"" : "";
	FILE *out = fmemopen(text, size, "w");

	cli_need(!out);
	if (r->scope != DSFIT_GPUS_PER_JOB || r->nodes_given || r->nodes_min > 1)
		fprintf(out, "--nodes=%llu ", (unsigned long long)r->nodes_min);
	fprintf(out, r->scope == DSFIT_GPUS_PER_JOB ? "--gpus=%llu" : "--gpus-per-node=%llu",
		(unsigned long long)r->gpus);
	if (gpu)
		fprintf(out, " --gpu=%s", gpu);
	if (a->gpu_memory_text)
		fprintf(out, " --gpu-memory=%s", a->gpu_memory_text);
	put_memory(out, r);
	if (r->scratch)
		fprintf(out, " --tmp=%lluMiB", (unsigned long long)(r->scratch / DSFIT_MIB));
	if (a->network_text)
		fprintf(out, " --network=%s", a->network_text);
	if (r->partition[0])
		fprintf(out, " --partition=%s", r->partition);
	if (r->features[0])
		fprintf(out, " --constraint=%s%s%s", quote, r->features, quote);
	/* What has no room is cut. */
	fclose(out);
	text[size - 1] = '\0';
	return text;
}

static void write_svg(const struct dsfit_say *words, const char *path)
{
	char *text = dsfit_say_svg(words);

	cli_need(!text);
	cli_write_file("svg", path, text);
	free(text);
}

/* A value as a shell takes it. */
static void put_value(FILE *out, const char *value)
{
	bool plain = true;

	for (const char *c = value; *c; c++)
		plain &= isalnum((unsigned char)*c) || strchr("_./:,=+@%-", *c);
	if (plain) {
		fputs(value, out);
		return;
	}
	fputc('\'', out);
	for (const char *c = value; *c; c++)
		fputs(*c == '\'' ? "'\\''" : (const char[]){ *c, '\0' }, out);
	fputc('\'', out);
}

/* What fits: as asked, or as dsfit would have it. NULL where nothing does. */
static const struct dsfit_request *find_fitting(const struct dsfit_decision *d, bool *preemptible)
{
	*preemptible = false;
	if (d->action == DSFIT_CORRECT) {
		*preemptible = d->corrected.preemptible;
		return &d->corrected.request;
	}
	if (!d->nothing_asked)
		return d->assessment.overall == DSFIT_FITS ? &d->asked : NULL;
	if (!d->alternative_count || d->alternatives[0].training)
		return NULL;
	*preemptible = d->alternatives[0].preemptible;
	return &d->alternatives[0].request;
}

/* What to type. Nothing, where sbatch could not be told: of nodes as described, and of options that
 * the command alone has. */
static void say_submit(const struct arguments *a, const struct dsfit_decision *decision)
{
	const struct dsfit_declaration *declaration = &a->declaration;
	bool preemptible;
	const struct dsfit_request *request = find_fitting(decision, &preemptible);
	char *line = NULL, text[1024];
	size_t size = 0;
	FILE *out;

	for (int i = DSFIT_OPTION_SLURM_END; i < DSFIT_OPTION_END; i++)
		if (declaration->value[i])
			return;
	if (!request || a->described)
		return;
	out = open_memstream(&line, &size);
	cli_need(!out);
	fprintf(out, "submit with: sbatch");
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++) {
		/* Of this answer, not of the job. */
		if (!declaration->value[i] || i == DSFIT_OPTION_FIT || i == DSFIT_OPTION_EXPLAIN)
			continue;
		fprintf(out, " --ds-%s=", dsfit_options[i].name);
		put_value(out, declaration->value[i]);
	}
	fprintf(out, " %s%s\n", dsfit_request_text(request, text, sizeof(text)),
		preemptible ? " --requeue" : "");
	cli_need(fclose(out));
	cli_print(line);
	free(line);
}

static int say(const struct arguments *a, const struct dsfit_site *site,
	       const struct dsfit_workload *workload, const struct dsfit_decision *decision)
{
	const struct dsfit_style style = cli_style();
	const struct dsfit_say words = {
		.site = site,
		.workload = workload,
		.decision = decision,
		/* Who reads JSON is about to submit. */
		.write_request = a->common.json ? dsfit_request_text : write_request,
		.prefix = "--",
		.style = &style,
		.beyond = a->beyond,
		.columns = cli_columns(),
	};
	char *text;

	writing.site = site;
	writing.arguments = a;
	text = a->common.json ? dsfit_say_json(&words) : dsfit_say_account(&words);
	cli_need(!text);
	if (a->svg)
		write_svg(&words, a->svg);
	if (a->common.json) {
		puts(text);
	} else if (!cli_is_stdout(a->svg)) {
		cli_print(text);
		say_submit(a, decision);
	}
	free(text);
	if (decision->nothing_asked)
		return dsfit_something_fits(decision) ? CLI_FITS : CLI_MISFIT;
	return decision->assessment.overall == DSFIT_EXCEEDS ? CLI_MISFIT : CLI_FITS;
}

/* The same with one number varied. */
static int sweep(const struct arguments *a, const struct dsfit_site *site,
		 const struct dsfit_workload *workload, const struct dsfit_decision *decision)
{
	const struct cli_sweep_job job = {
		.what = a->sweep,
		.site = site,
		.declaration = &a->declaration,
		.workload = workload,
		.decision = decision,
		.json = a->common.json,
		.svg = a->svg,
	};

	return cli_sweep(&job);
}

/* Batch sizes of the file that do not agree on the GPUs that were stated are no misfit, but a
 * mistake: DeepSpeed stops. */
static void check_batch(const struct dsfit_workload *workload,
			const struct dsfit_decision *decision)
{
	const struct dsfit_layout *layout = &decision->assessment.layout;
	uint64_t ranks = dsfit_data_parallel_ranks(&workload->training, layout);
	struct dsfit_training settled;
	struct dsfit_error err;

	if (!decision->nothing_asked &&
	    dsfit_training_on_ranks(&workload->training, ranks, &settled, &err))
		error(CLI_USAGE, 0, "--config: %s", err.text);
}

/* A card by its name or, as sbatch has it, by what the gres of some nodes calls it. */
static const struct dsfit_gpu *find_gpu(const struct dsfit_site *site, const char *name)
{
	const struct dsfit_gpu *gpu = dsfit_site_gpu(site, name);

	for (size_t i = 0; !gpu && i < site->class_count; i++)
		if (!strcmp(site->classes[i].gres_type, name))
			gpu = site->classes[i].gpu;
	return gpu;
}

/* No card of the site has the name. */
static void reject_gpu(const struct dsfit_site *site, const char *option, const char *name)
{
	char text[DSFIT_NEAR_TEXT];
	struct dsfit_near near;

	dsfit_near_start(&near, name);
	for (size_t i = 0; i < site->gpu_count; i++) {
		const struct dsfit_gpu *gpu = &site->gpus[i];

		dsfit_near_try(&near, gpu->name, gpu);
		for (size_t j = 0; j < gpu->aliases.count; j++)
			dsfit_near_try(&near, gpu->aliases.name[j], gpu);
	}
	error(CLI_USAGE, 0, "--%s=%s: %saccepted are the names that \"dsfit gpus\" lists, or any "
	      "with --gpu-memory", option, name, dsfit_near_text(&near, text));
}

static int size_on(struct arguments *a, const struct dsfit_site *loaded)
{
	const struct dsfit_gate gate = { .can_read = true, .can_rewrite = true,
					 .may_override = true,
					 .own_form = DSFIT_FORM_NONE };
	const struct dsfit_gpu *gpu = a->gpu ? find_gpu(loaded, a->gpu) : NULL;
	const struct dsfit_node_class *class;
	struct dsfit_site site = *loaded;
	struct dsfit_node_class described, *replaced = NULL;
	struct dsfit_decision decision;
	struct dsfit_workload workload;
	struct dsfit_gpu card;
	bool by_hand;
	int rc;

	if (a->gpu && !gpu && !a->gpu_memory)
		reject_gpu(loaded, a->gpu_option, a->gpu);
	cli_declaration_resolve(&a->declaration, &site, &workload);
	cli_check_partition(&site, &a->request);
	class = gpu ? site_class(&site, gpu, &a->request) : NULL;
	cli_check_constraint(&site, &a->request, gpu);
	by_hand = a->gpu_memory ||
		  (gpu && (!class || a->network || !can_hold(class, &a->request)));
	if (by_hand)
		describe_nodes(a, gpu, &card, &described, &site);
	else if (a->network)
		replaced = replace_network(&site, a->network);
	if (class && by_hand && !can_hold(class, &a->request))
		a->beyond = class;
	if (by_hand)
		class = &described;
	if (gpu && class)
		strcpy(a->request.gpu_type, class->gres_type);
	a->described = by_hand || replaced;
	/* Nodes as described have no features. */
	if (by_hand)
		a->request.features[0] = '\0';
	/* A card, memory or nodes alone leave the number of GPUs open. */
	if (a->request.scope == DSFIT_GPUS_UNSET && a->request.nodes_given && gpu) {
		a->request.scope = DSFIT_GPUS_PER_NODE;
		a->request.gpus = 1;
	}
	/* The verdict is what is wanted here, unless --fit asks what would be done about it; and
	 * where nothing was asked there is nothing to reject. */
	if (!workload.fit_given || workload.fit == DSFIT_MODE_OFF ||
	    (workload.fit == DSFIT_MODE_REJECT && dsfit_asks_nothing(&a->request)))
		workload.fit = DSFIT_MODE_ADVISE;
	workload.fit_given = true;
	dsfit_decide(&site, &workload, &a->request, &gate, &decision);
	check_batch(&workload, &decision);
	rc = a->sweep ? sweep(a, &site, &workload, &decision) :
			say(a, &site, &workload, &decision);
	free(replaced);
	return rc;
}

int cli_size(int argc, char **argv)
{
	const struct argp_child children[] = { { &cli_common_argp, 0, NULL, 0 }, { 0 } };
	struct argp_option *options = cli_declaration_options(request_options);
	const struct argp argp = {
		.options = options,
		.parser = parse_request,
		.children = children,
		.doc = "What a training job needs, term by term, and whether a request holds it. "
		       "Exit status 0: it fits; 1: it does not; 2: bad usage or input.",
	};
	struct arguments a = {
		.declaration = { .prefix = "--" },
		.request = { .nodes_min = 1, .form = DSFIT_FORM_NONE },
	};
	struct dsfit_site *site;
	int rc;

	cli_parse(&argp, argc, argv, &a);
	if (a.common.json && cli_is_stdout(a.svg))
		error(CLI_USAGE, 0, "--svg=-: JSON goes to the same place: accepted is a file "
		      "beside it");
	site = cli_load(&a.common);
	rc = size_on(&a, site);
	dsfit_site_free(site);
	free(options);
	return rc;
}
