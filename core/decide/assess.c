/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide/assess.h"

#include <ctype.h>
#include <string.h>

#include "core/base/size.h"

const char *const dsfit_verdict_names[] = { "fits", "unknown", "tight", "exceeds", NULL };

bool dsfit_asks_nothing(const struct dsfit_request *request)
{
	return request->scope == DSFIT_GPUS_UNSET && !request->exclusive;
}

/* A reader of feature expressions, by recursive descent; `odd` once it meets what it cannot. */
struct expression {
	const char *at;
	const struct dsfit_names *features;
	bool odd;
	unsigned depth;
	bool others;			/* there are nodes beside those that are counted */
	bool counted;			/* the term read last is of so many nodes */
};

/* The number after a *, of nodes; 0 where it is none. */
static uint64_t read_count(const char **at)
{
	uint64_t count = 0;

	for (++*at; isdigit((unsigned char)**at); ++*at)
		count = dsfit_add(dsfit_mul(count, 10), (uint64_t)(**at - '0'));
	return count;
}

/* All nodes that an expression counts. */
static uint64_t count_nodes(const char *expression)
{
	uint64_t nodes = 0;

	while ((expression = strchr(expression, '*')))
		nodes = dsfit_add(nodes, read_count(&expression));
	return nodes;
}

static bool match_or(struct expression *e);

static bool match_name(struct expression *e)
{
	char name[DSFIT_NAME_MAX];
	size_t length = strcspn(e->at, "&|(),[]* \t");
	bool found;

	if (!length || length >= sizeof(name)) {
		e->odd = true;
		return true;
	}
	memcpy(name, e->at, length);
	name[length] = '\0';
	e->at += length;
	found = dsfit_names_have(e->features, name);
	return found;
}

static bool match_brackets(struct expression *e)
{
	char closing = *e->at == '(' ? ')' : ']';
	bool matched;

	e->at++;
	if (++e->depth > 32) {
		e->odd = true;
		return true;
	}
	matched = match_or(e);
	if (*e->at == closing)
		e->at++;
	else
		e->odd = true;
	e->depth--;
	return matched;
}

static bool match_term(struct expression *e)
{
	bool matched = strchr("([", *e->at) && *e->at ? match_brackets(e) : match_name(e);

	e->counted = *e->at == '*';
	if (e->counted && !read_count(&e->at))
		e->odd = true;
	return matched || (e->counted && e->others);
}

/* Slurm takes a comma for &. Between terms that are counted it means other nodes. */
static bool match_and(struct expression *e)
{
	bool matched = match_term(e), counted = e->counted, term;

	while (!e->odd && (*e->at == '&' || *e->at == ',')) {
		e->at++;
		term = match_term(e);
		counted = counted && e->counted;
		matched = counted ? matched || term : matched && term;
	}
	return matched;
}

static bool match_or(struct expression *e)
{
	bool matched = match_and(e);

	while (!e->odd && *e->at == '|') {
		e->at++;
		matched = match_and(e) || matched;
	}
	return matched;
}

bool dsfit_features_match(const char *expression, const struct dsfit_names *features,
			  uint64_t nodes)
{
	struct expression e = { .at = expression, .features = features };
	bool matched;

	if (!*expression)
		return true;
	e.others = count_nodes(expression) < nodes;
	matched = match_or(&e);
	return e.odd || *e.at || matched;
}

uint64_t dsfit_tasks(const struct dsfit_request *request, uint64_t nodes)
{
	if (request->tasks)
		return request->tasks;
	return dsfit_mul(request->tasks_per_node ? request->tasks_per_node : 1, nodes);
}

/* How many tasks a node of the class has room for, none of them on two; 0 where nothing says so. */
static uint64_t tasks_of_node(const struct dsfit_request *r, const struct dsfit_node_class *class)
{
	uint64_t most = r->tasks_per_node, each = r->cpus_per_task ? r->cpus_per_task : 1;

	if (!r->cpus_per_gpu && class->cpus >= each && (!most || class->cpus / each < most))
		most = class->cpus / each;
	return most;
}

uint64_t dsfit_nodes_least(const struct dsfit_request *r, const struct dsfit_node_class *class)
{
	uint64_t n = r->nodes_min ? r->nodes_min : 1, most = tasks_of_node(r, class);

	if (count_nodes(r->features) > n)
		n = count_nodes(r->features);
	return most && dsfit_div_up(r->tasks, most) > n ? dsfit_div_up(r->tasks, most) : n;
}

/* Nodes and GPUs a node, before asking whether the class has them. */
static bool lay_out(const struct dsfit_request *r, const struct dsfit_node_class *class,
		    struct dsfit_layout *layout)
{
	uint64_t n = dsfit_nodes_least(r, class), tasks, per_node;

	layout->tflops = class->gpu->tflops;
	layout->context = class->gpu->context;
	switch (r->scope) {
	case DSFIT_GPUS_PER_NODE:
		layout->gpus_per_node = r->gpus;
		layout->gpus = dsfit_mul(n, r->gpus);
		break;
	case DSFIT_GPUS_PER_JOB:
		if (dsfit_div_up(r->gpus, class->gpus) > n)
			n = dsfit_div_up(r->gpus, class->gpus);
		layout->gpus_per_node = dsfit_div_up(r->gpus, n);
		layout->gpus = r->gpus;
		break;
	case DSFIT_GPUS_PER_TASK:
		tasks = dsfit_tasks(r, n);
		if (r->gpus > class->gpus || !r->gpus)
			return false;
		per_node = class->gpus / r->gpus;
		if (r->tasks && dsfit_div_up(tasks, per_node) > n)
			n = dsfit_div_up(tasks, per_node);
		layout->gpus_per_node = dsfit_mul(r->gpus, dsfit_div_up(tasks, n));
		layout->gpus = dsfit_mul(r->gpus, tasks);
		break;
	default:
		if (!r->exclusive)
			return false;
		/* --exclusive takes all that is on the node. */
		layout->gpus_per_node = class->gpus;
		layout->gpus = dsfit_mul(n, class->gpus);
		break;
	}
	layout->nodes = n;
	return layout->gpus > 0;
}

uint64_t dsfit_cpus_per_node(const struct dsfit_request *request,
			     const struct dsfit_layout *layout)
{
	uint64_t each = request->cpus_per_task ? request->cpus_per_task : 1;
	uint64_t tasks = request->tasks_per_node;

	if (request->cpus_per_gpu)
		return dsfit_mul(request->cpus_per_gpu, layout->gpus_per_node);
	if (!tasks && !request->tasks && request->tasks_per_gpu)
		tasks = dsfit_mul(request->tasks_per_gpu, layout->gpus_per_node);
	if (!tasks)
		tasks = dsfit_div_up(dsfit_tasks(request, layout->nodes), layout->nodes);
	return dsfit_mul(tasks, each);
}

uint64_t dsfit_memory_per_node(const struct dsfit_site *site, const struct dsfit_request *r,
			       const struct dsfit_node_class *class,
			       const struct dsfit_layout *layout)
{
	const struct dsfit_default_memory *unset = &site->default_memory;

	switch (r->memory_scope) {
	case DSFIT_MEMORY_PER_NODE:
		return r->memory;
	case DSFIT_MEMORY_PER_GPU:
		return dsfit_mul(r->memory, layout->gpus_per_node);
	case DSFIT_MEMORY_PER_CPU:
		return dsfit_mul(r->memory, dsfit_cpus_per_node(r, layout));
	case DSFIT_MEMORY_UNSET:
		if (unset->per_gpu)
			return dsfit_mul(unset->per_gpu, layout->gpus_per_node);
		if (unset->per_cpu)
			return dsfit_mul(unset->per_cpu, dsfit_cpus_per_node(r, layout));
		if (unset->per_node)
			return unset->per_node;
		return class->memory;
	default:
		return class->memory;
	}
}

bool dsfit_matches(const struct dsfit_site *site, const struct dsfit_request *r,
		   const struct dsfit_node_class *class)
{
	return (!r->gpu_type[0] || !strcmp(r->gpu_type, class->gres_type)) &&
	       dsfit_class_in_partition(site, class, r->partition) &&
	       dsfit_features_match(r->features, &class->features,
				    r->nodes_max > r->nodes_min ? r->nodes_max : r->nodes_min);
}

/* The layout on a class that matches; false where it is not large enough. */
static bool place(const struct dsfit_site *site, const struct dsfit_request *r,
		  const struct dsfit_node_class *class, struct dsfit_layout *layout)
{
	if (!lay_out(r, class, layout))
		return false;
	if (layout->gpus_per_node > class->gpus || layout->nodes > class->count)
		return false;
	if (r->nodes_max && layout->nodes > r->nodes_max)
		return false;
	if (class->scratch && r->scratch > class->scratch)
		return false;
	if (class->cpus && dsfit_cpus_per_node(r, layout) > class->cpus)
		return false;
	return !class->memory || dsfit_memory_per_node(site, r, class, layout) <= class->memory;
}

bool dsfit_place(const struct dsfit_site *site, const struct dsfit_request *request,
		 const struct dsfit_node_class *class, struct dsfit_layout *layout)
{
	return dsfit_matches(site, request, class) && place(site, request, class, layout);
}

/* What is known of a class that no site has: that it holds whatever is asked. */
static struct dsfit_node_class stated_class(void)
{
	static const struct dsfit_gpu no_gpu;

	return (struct dsfit_node_class){ .gpu = &no_gpu, .gpus = UINT64_MAX, .price = -1 };
}

/*
 * GPUs of a request at the most, which takes `layout` at the least: on all the nodes that it lets
 * Slurm give it, if there are so many, and all of a node, `whole`, where it takes nodes whole.
 */
static uint64_t most_gpus(const struct dsfit_request *r, const struct dsfit_layout *layout,
			  uint64_t nodes, uint64_t whole)
{
	uint64_t n = r->nodes_max < nodes ? r->nodes_max : nodes;

	if (n < layout->nodes)
		n = layout->nodes;
	if (r->exclusive && whole)
		return dsfit_mul(n, whole);
	if (r->scope == DSFIT_GPUS_PER_NODE)
		return dsfit_mul(n, r->gpus);
	if (r->scope == DSFIT_GPUS_PER_TASK)
		return dsfit_mul(dsfit_tasks(r, n), r->gpus);
	return layout->gpus;
}

/* The same where no one class holds the request: of several, or as it states them. */
static uint64_t stated_gpus(const struct dsfit_request *r, uint64_t whole)
{
	const struct dsfit_node_class stated = stated_class();
	struct dsfit_layout layout;

	if ((r->scope == DSFIT_GPUS_UNSET && !whole) || !lay_out(r, &stated, &layout))
		return 0;
	/* Their memory may part the tasks. */
	if (r->tasks > layout.nodes && !r->nodes_max)
		layout.nodes = r->tasks;
	return most_gpus(r, &layout, UINT64_MAX, whole);
}

uint64_t dsfit_gpus(const struct dsfit_site *site, const struct dsfit_request *request)
{
	uint64_t most = 0, nodes = 0, whole = 0, gpus;
	struct dsfit_layout layout;

	if (dsfit_asks_nothing(request))
		return 0;
	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];

		if (!dsfit_matches(site, request, class))
			continue;
		nodes = dsfit_add(nodes, class->count);
		if (class->gpus > whole)
			whole = class->gpus;
	}
	for (size_t i = 0; i < site->class_count; i++) {
		if (!dsfit_place(site, request, &site->classes[i], &layout))
			continue;
		gpus = most_gpus(request, &layout, nodes, site->classes[i].gpus);
		if (gpus > most)
			most = gpus;
	}
	return most ? most : stated_gpus(request, whole);
}

enum dsfit_verdict dsfit_judge(uint64_t low, uint64_t high, uint64_t capacity)
{
	if (!capacity)
		return DSFIT_UNKNOWN;
	if (low > capacity)
		return DSFIT_EXCEEDS;
	return high > capacity ? DSFIT_TIGHT : DSFIT_FITS;
}

static enum dsfit_verdict worse(enum dsfit_verdict a, enum dsfit_verdict b)
{
	return a > b ? a : b;
}

/* A site that has not said how fast its network or how large its storage is has not said that
 * they are too small: only GPU and host memory make the whole unknown. */
static enum dsfit_verdict known(enum dsfit_verdict verdict)
{
	return verdict == DSFIT_UNKNOWN ? DSFIT_FITS : verdict;
}

static void judge(struct dsfit_assessment *a, uint64_t storage)
{
	const struct dsfit_account *need = &a->account;

	a->gpu = dsfit_judge(need->gpu.low, need->gpu.high, a->gpu_capacity);
	a->host = dsfit_judge(need->host.low, need->host.high, a->host_capacity);
	a->nvme = need->nvme.high ? dsfit_judge(need->nvme.low, need->nvme.high, a->nvme_capacity) :
				    DSFIT_FITS;
	a->storage = dsfit_judge(need->storage.low, need->storage.high, storage);
	a->network = a->layout.nodes < 2 ? DSFIT_FITS :
		     dsfit_judge(need->network.low, need->network.required, a->network_capacity);
	a->overall = worse(worse(a->gpu, a->host), worse(known(a->nvme), known(a->storage)));
	a->overall = worse(a->overall, known(a->network));
	if (a->stop.text[0])
		a->overall = DSFIT_EXCEEDS;
}

/*
 * How fast it goes: GPUs compute while they send, so a step takes as long as the slower of the
 * two, and what sending takes longer is spent waiting.
 */
static void pace(const struct dsfit_training *t, struct dsfit_assessment *a)
{
	double computing = a->account.network.step_seconds, sending = 0, tokens;

	a->step_seconds = 0;
	a->waiting = a->days_per_billion = -1;
	if (!(computing > 0))
		return;
	a->step_seconds = computing;
	if (a->layout.nodes < 2)
		a->waiting = 0;
	if (a->layout.nodes > 1 && a->network_capacity) {
		sending = (double)a->account.network.between * 8 / (double)a->network_capacity;
		a->waiting = sending > computing ? 1 - computing / sending : 0;
	}
	if (sending > computing)
		a->step_seconds = sending;
	tokens = (double)a->account.ranks * (double)a->account.micro_batch *
		 (double)a->account.accumulation *
		 (double)t->sequence / (double)t->sequence_parallel;
	a->days_per_billion = 1e9 / tokens * a->step_seconds / 86400;
}

/* A node's price shared by its GPUs. */
static void price(const struct dsfit_node_class *class, struct dsfit_assessment *a)
{
	a->price = a->price_per_billion = -1;
	if (class->price < 0)
		return;
	a->price = class->price / (double)class->gpus * (double)a->layout.gpus;
	if (a->days_per_billion >= 0)
		a->price_per_billion = a->price * 24 * a->days_per_billion;
}

/* The account of a layout, which is the same on all classes that give the request that layout. */
static void account_for(const struct dsfit_site *site, const struct dsfit_workload *workload,
			const struct dsfit_layout *layout, struct dsfit_assessment *a)
{
	a->layout = *layout;
	a->stop.text[0] = '\0';
	dsfit_layout_check(&workload->model, &workload->training, layout, &a->stop);
	dsfit_account(&workload->model, &site->families, &workload->training, layout,
		      &site->estimate, &a->account);
}

/* What a class has, and what comes of it. */
static void hold_against(const struct dsfit_site *site, const struct dsfit_workload *workload,
			 const struct dsfit_request *request,
			 const struct dsfit_node_class *class, struct dsfit_assessment *a)
{
	a->placed = true;
	a->class = class;
	a->nearest = NULL;
	a->card = NULL;
	a->gpu_capacity = class->gpu->memory;
	a->host_capacity = dsfit_memory_per_node(site, request, class, &a->layout);
	/* To Slurm --tmp is the least that a node must have; here it is what the user means to
	 * use, and what the correction makes sure of. */
	a->nvme_capacity = request->scratch ? request->scratch : class->scratch;
	a->network_capacity = class->network;
	judge(a, site->storage);
	pace(&workload->training, a);
	price(class, a);
}

void dsfit_assess_on(const struct dsfit_site *site, const struct dsfit_workload *workload,
		     const struct dsfit_request *request, const struct dsfit_node_class *class,
		     const struct dsfit_layout *layout, struct dsfit_assessment *out)
{
	account_for(site, workload, layout, out);
	hold_against(site, workload, request, class, out);
}

/*
 * Whether a is to be shown rather than b: the worse verdict, since the job may land there, or
 * the better one where the user named nodes whose class is not known; then the fuller GPU, then
 * the slower network.
 */
static bool tells_more(const struct dsfit_assessment *a, const struct dsfit_assessment *b,
		       bool named)
{
	if (a->overall != b->overall)
		return named ? a->overall < b->overall : a->overall > b->overall;
	if (a->account.gpu.peak != b->account.gpu.peak || a->gpu_capacity != b->gpu_capacity)
		return (double)a->account.gpu.peak * (double)b->gpu_capacity >
		       (double)b->account.gpu.peak * (double)a->gpu_capacity;
	/* A wait that is not known may be any. */
	if ((a->waiting < 0) != (b->waiting < 0))
		return named ? b->waiting < 0 : a->waiting < 0;
	return named ? a->waiting < b->waiting : a->waiting > b->waiting;
}

static bool same_layout(const struct dsfit_layout *a, const struct dsfit_layout *b)
{
	return a->nodes == b->nodes && a->gpus_per_node == b->gpus_per_node &&
	       a->gpus == b->gpus && a->context == b->context && !(a->tflops < b->tflops) &&
	       !(a->tflops > b->tflops);
}

#define LAYOUTS 8

void dsfit_assess_each(const struct dsfit_site *site, const struct dsfit_workload *workload,
		       const struct dsfit_request *request,
		       const struct dsfit_node_class *const *classes, size_t count,
		       dsfit_landing_visitor visit, void *context)
{
	/* Classes of one card give a request one layout, hence one account: the last few. */
	struct dsfit_assessment kept[LAYOUTS];
	struct dsfit_layout layout;

	for (size_t i = 0; i < LAYOUTS; i++)
		kept[i].placed = false;
	for (size_t i = 0; i < (classes ? count : site->class_count); i++) {
		const struct dsfit_node_class *class = classes ? classes[i] : &site->classes[i];
		struct dsfit_assessment *there;

		if (!classes && !dsfit_matches(site, request, class))
			continue;
		if (!place(site, request, class, &layout))
			continue;
		there = &kept[(layout.nodes + (uint64_t)layout.tflops) % LAYOUTS];
		if (!there->placed || !same_layout(&layout, &there->layout))
			account_for(site, workload, &layout, there);
		hold_against(site, workload, request, class, there);
		visit(context, there);
	}
}

/* The landing to be shown so far. */
struct shown {
	bool named;
	struct dsfit_assessment *out;
};

static void show(void *context, const struct dsfit_assessment *there)
{
	struct shown *shown = context;

	if (!shown->out->placed || tells_more(there, shown->out, shown->named))
		*shown->out = *there;
}

/* Whether a comes nearer to the layout than b: has the GPUs a node, or else more; more nodes. */
static bool comes_nearer(const struct dsfit_node_class *a, const struct dsfit_node_class *b,
			 const struct dsfit_layout *layout)
{
	uint64_t gpus_a = dsfit_min(a->gpus, layout->gpus_per_node);
	uint64_t gpus_b = dsfit_min(b->gpus, layout->gpus_per_node);

	return gpus_a != gpus_b ? gpus_a > gpus_b : a->count > b->count;
}

static void find_nearest(const struct dsfit_site *site, const struct dsfit_request *request,
			 struct dsfit_assessment *out)
{
	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];

		if (dsfit_matches(site, request, class) &&
		    (!out->nearest || comes_nearer(class, out->nearest, &out->layout)))
			out->nearest = class;
	}
	if (out->nearest && request->gpu_type[0])
		out->card = out->nearest->gpu;
}

/* What a request that no class can hold would be, on the layout it states. */
static void assess_stated(const struct dsfit_site *site, const struct dsfit_workload *workload,
			  const struct dsfit_request *request, struct dsfit_assessment *out)
{
	const struct dsfit_node_class stated = stated_class();
	struct dsfit_layout layout;

	if (request->scope == DSFIT_GPUS_UNSET || !lay_out(request, &stated, &layout))
		layout = (struct dsfit_layout){
			.nodes = request->nodes_min ? request->nodes_min : 1,
			.gpus_per_node = 1,
			.gpus = 1,
		};
	dsfit_assess_on(site, workload, request, &stated, &layout, out);
	out->placed = false;
	out->class = NULL;
	find_nearest(site, request, out);
}

void dsfit_assess_among(const struct dsfit_site *site, const struct dsfit_workload *workload,
			const struct dsfit_request *request,
			const struct dsfit_node_class *const *classes, size_t count,
			struct dsfit_assessment *out)
{
	struct shown shown = { request->bound == DSFIT_NODES_BOUND_BY_LIST, out };

	memset(out, 0, sizeof(*out));
	dsfit_assess_each(site, workload, request, classes, count, show, &shown);
	if (!out->placed)
		assess_stated(site, workload, request, out);
}

void dsfit_assess(const struct dsfit_site *site, const struct dsfit_workload *workload,
		  const struct dsfit_request *request, struct dsfit_assessment *out)
{
	dsfit_assess_among(site, workload, request, NULL, 0, out);
}
