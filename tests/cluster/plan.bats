#!/usr/bin/env bats
# dsfit plan: what it lists, submitted as it is, is let pass unchanged, and runs.

load helpers

# plan ARG...: a plan as JSON, in $output.
plan() {
	run_on dsfit plan --json "$@"
	is "$status" 0
}

# declared ARG...: the same declaration in sbatch's options, in $options.
declared() {
	options=()
	local arg
	for arg; do
		options+=("--ds-${arg#--}")
	done
}

# first_rows_run ARG...: each of the first three rows of a plan is accepted as it is, and the job
# has what the row says.
first_rows_run() {
	local row request i
	plan "$@" -n 3
	declared "$@"
	(($(jq length <<<"$output") > 0))
	jq -c '.[]' <<<"$output" >rows
	while read -r row; do
		request=$(jq -r .request <<<"$row")
		# shellcheck disable=SC2086	# the request is options
		run_sbatch_hold "${options[@]}" $request
		lacks "$(said)" 'corrected|refused'
		matches "$(said)" '^fits: '
		# shellcheck disable=SC2086
		as_asked $request
		is "$(held "$job" Partition)" "$(jq -r .partition <<<"$row")"
		# shellcheck disable=SC2086
		run_sbatch "${options[@]}" $request "$(gpu_script)"
		submitted
		completes "$job"
		is "$(held_nodes "$job")" "$(jq .nodes <<<"$row")"
		is "$(gpus_seen "$job")" "$(jq .gpus <<<"$row")"
	done <rows
}

@test "first rows, development" {
	first_rows_run --model=350M
	first_rows_run --model=13B
}

@test "first rows, experiment: in the preemptible partition, with --requeue" {
	first_rows_run --model=7B --goal=experiment
	jq -es 'all(.partition == "preempt" and .preemptible and
		(.request | test("^-p preempt .* --requeue$")))' rows
}

@test "first rows, production" {
	first_rows_run --model=3B --goal=production
	first_rows_run --model=13B --zero=3 --offload=cpu --goal=production
}

@test "scratch is asked for where it is used" {
	first_rows_run --model=7B --zero=3 --offload=nvme
	jq -es 'all(.request | test("--tmp="))' rows
}

@test "development: no row is cheaper than the first, and none of it smaller fits" {
	local gpus gpu
	plan --model=13B -n 100
	jq -e '[.[].per_hour] | . == sort' <<<"$output"
	gpu=$(jq -r '.[0].gpu' <<<"$output") gpus=$(jq '.[0].gpus' <<<"$output")
	while ((--gpus)); do
		run_on dsfit size --model=13B --gpu="$gpu" --nodes=1 --gpus-per-node="$gpus" --json
		jq -e '.verdict.overall != "fits"' <<<"$output"
	done
}

@test "production: the cheapest token of those that wait a fifth of the step at most" {
	plan --model=13B --goal=production -n 100
	jq -e '[.[] | select(.network_wait <= 0.2)] as $swift |
		.[:($swift | length)] == $swift and
		([$swift[].per_billion_tokens] | . == sort) and
		any(.[]; .network_wait > 0.2)' <<<"$output"
}

@test "the figures are those of dsfit size" {
	local row
	plan --model=13B --zero=3 -n 100
	row=$(jq '[.[] | select(.nodes == 3 and .gpus == 12 and .gpu == "a100")][0]' <<<"$output")
	run_on dsfit size --model=13B --zero=3 --gpu=a100 --nodes=3 --gpus-per-node=4 --json
	jq -e --argjson row "$row" '.gpu.peak == $row.peak and
		(.cost.per_hour - $row.per_hour | fabs) < 0.001 and
		(.cost.per_billion_tokens - $row.per_billion_tokens | fabs) < 0.001' <<<"$output"
	jq -e '.head_room == .capacity - .peak and
		(.per_billion_tokens / .per_hour / 24 - .days_per_billion_tokens | fabs) < 0.0001' \
		<<<"$row"
}

@test "degrees that do not divide the GPUs are not listed" {
	plan --model=7B --zero=1 --parallel=pipeline:2,tensor:2 -n 100
	jq -e 'length > 0 and all(.gpus % 4 == 0)' <<<"$output"
}

@test "a partition, and one that is not there" {
	plan --model=350M --partition=strict -n 100
	jq -e 'all(.partition == "strict" and (.request | test("^-p strict ")))' <<<"$output"
	run_on dsfit plan --model=350M --partition=nosuch
	is "$status" 2
	matches "$stderr" '--partition=nosuch: '
}

@test "exit 1 where nothing fits, and what the closest request has too little of; 2 for bad usage" {
	run_on dsfit plan --model=560B
	is "$status" 1
	matches "$output" 'no request at this site fits 560B.*closest request: .* at least .* needed per GPU, '
	run_on dsfit plan --model=560B --json
	is "$status" 1
	is "$(jq length <<<"$output")" 0
	local wrong
	for wrong in --model=13X --rows=0 --nosuch more; do
		run_on dsfit plan "$wrong"
		is "$status" 2
		is "$output" ''
	done
}

@test "the table: the guide's prices by that name, rows that are left out" {
	run_on dsfit plan --model=13B -n 2
	is "$status" 0
	matches "$output" 'GPUs +memory +free +wait +\$/h +\$/B +days/B +request'
	matches "$output" "prices: the hardware guide's cloud prices for A100 80GB"
	lacks "$output" "cloud prices for .*H200"
	matches "$output" '[0-9]+ more rows: --rows='
	# A site's own prices are not the guide's.
	edited_conf "/^\tgpus = /s/$/ price = 9.50/"
	run_on dsfit plan --conf="$PWD/dsfit.conf" --model=13B
	is "$status" 0
	lacks "$output" 'cloud prices'
}

@test "on a terminal of any width no number is broken" {
	local columns
	for columns in 80 100 140; do
		run_on script -qec "stty cols $columns; dsfit plan --model=13B --goal=experiment -n 4" \
			/dev/null
		is "$status" 0
		# Every row begins with all of its figures on one line.
		is "$(grep -cE '^[0-9]+ x [0-9]+ .* [0-9]+ % +[0-9]+ % +[0-9.]+ +[0-9.]+ +[0-9.]+ -p' \
			<<<"$output")" 4
	done
	(($(grep -E '^ *(-|[0-9]+ x)' <<<"$output" | tr -d '\r' | wc -L) <= 140))
}

@test "nothing asked for: the plan's first row is what the job gets" {
	local goal
	for goal in development experiment production; do
		plan --model=7B --goal="$goal" -n 1
		local first
		first=$(jq -r '.[0].request' <<<"$output")
		run_sbatch_hold --ds-model=7B --ds-goal="$goal"
		submitted
		corrected
		is "$new" "${first% --requeue}"
		[[ $goal != experiment ]] || matches "$(said)" 'add --requeue so that Slurm restarts this job'
	done
}
