#!/usr/bin/env bats
# Every way to ask for GPUs: corrected in its own form, and the job runs with that many.

load helpers

# corrects FIELD OPTION ARG...: 13B on that request is a misfit. The correction rewrites the
# option that was typed, slurmctld holds it in its own field, and the job gets those GPUs.
corrects() {
	local field=$1 option=$2 asked value type per nodes wanted
	shift 2
	run_sbatch "${too_big[@]}" "$@" "$(gpu_script)"
	submitted
	corrected
	lacks "$new" "--gp.* --g|--gres.* --g"
	asked=$(value "$option" "$old") value=$(value "$option" "$new")
	# The entry for GPUs in a list.
	asked=${asked#*gpu:} value=${value#*gpu:}
	asked=${asked%%,*} value=${value%%,*}
	matches "$(held_tres "$job" "$field")" "^(nic:1,)?gpu:$value(,nic:1)?\$"

	# A type that was named stays; there are more GPUs, or of a type that holds more.
	type=${asked%"${asked##*:}"}
	[[ ! $type ]] || is "${value%"${value##*:}"}" "$type"
	[[ $new != "$old" ]]

	completes "$job"
	nodes=$(held_nodes "$job") per=${value##*:}
	case $field in
	TresPerJob) wanted=$per ;;
	TresPerNode) wanted=$((per * nodes)) ;;
	TresPerTask) wanted=$((per * $(held "$job" NumTasks))) ;;
	esac
	is "$(held_gpus "$job")" "$wanted"
	is "$(gpus_seen "$job")" "$wanted"
	[[ ! $type ]] || ((wanted > ${asked##*:}))
}

@test "--gpus" { corrects TresPerJob --gpus --gpus=2; }
@test "--gpus, typed" { corrects TresPerJob --gpus --gpus=a100_80g:2; }
@test "--gpus, typed, of more nodes" { corrects TresPerJob --gpus --gpus=a100:4; }
@test "--gpus -N" { corrects TresPerJob --gpus -N1 --gpus=a100:4; }
@test "--gpus -N min-max" { corrects TresPerJob --gpus -N1-2 --gpus=a100:4; }

@test "--gpus-per-node" { corrects TresPerNode --gpus-per-node --gpus-per-node=2; }
@test "--gpus-per-node, typed" { corrects TresPerNode --gpus-per-node --gpus-per-node=a100_80g:2; }
@test "--gpus-per-node, a type alone" {
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=a100_80g
	submitted
	corrected
	is "$(held_tres "$job" TresPerNode)" "gpu:$(value --gpus-per-node "$new")"
	matches "$(held_tres "$job" TresPerNode)" '^gpu:a100_80g:[2-4]$'
}
@test "--gpus-per-node -N min-max" {
	corrects TresPerNode --gpus-per-node -N1-2 --gpus-per-node=a100:4
	# The maximum is not below the minimum, and the job got as many as it needs.
	(($(held_nodes "$job") >= 2))
}

@test "--gres" { corrects TresPerNode --gres --gres=gpu:2; }
@test "--gres, typed" { corrects TresPerNode --gres --gres=gpu:a100_80g:2; }
@test "--gres, of more nodes" { corrects TresPerNode --gres --gres=gpu:a100:4; }
@test "--gres, another gres beside it" {
	corrects TresPerNode --gres --gres=gpu:a100_80g:2,nic:1
	matches "$(held_tres "$job" TresPerNode)" '^gpu:a100_80g:[34],nic:1$'
}
@test "--gres, another gres before it" {
	corrects TresPerNode --gres --gres=nic:1,gpu:a100_80g:2
	matches "$(held_tres "$job" TresPerNode)" '^nic:1,gpu:a100_80g:[34]$'
}

@test "--gpus-per-task" { corrects TresPerTask --gpus-per-task -n2 --gpus-per-task=1; }
@test "--gpus-per-task, typed" { corrects TresPerTask --gpus-per-task -n1 --gpus-per-task=a100_80g:2; }

# What each task sees of its node's, in order: "0,1 2,3".
cuda_seen() {
	sort "$1" | sed -n 's/^cuda [0-9]* //p' | tr '\n' ' ' | sed 's/ $//'
}

# A task sees all of its GPUs, as many as it came to have. 22.05 binds when it starts a task, and
# here to none.
@test "--gpus-per-task, --tres-per-task: the tasks are bound to what they have" {
	(($(release) >= 2411)) || skip "this Slurm does not bind the tasks of the demo's nodes"
	local option see='srun sh -c "echo cuda \$SLURM_PROCID \$CUDA_VISIBLE_DEVICES"'
	for option in --gpus-per-task=h100:2 --tres-per-task=gres/gpu:h100:2; do
		run_sbatch "${too_big[@]}" -n1 "$option" -o out --wrap "$see"
		submitted
		corrected
		matches "$new" 'h100:4'
		matches "$(held "$job" TresBind)" 'per_task:4$'
		completes "$job"
		is "$(cuda_seen out)" "0,1,2,3"
	done
	# Another binding is the user's own.
	run_sbatch_hold "${too_big[@]}" -n1 --gpus-per-task=h100:2 --gpu-bind=closest
	submitted
	matches "$(held "$job" TresBind)" 'closest$'
}
@test "--gpus-per-task: the tasks of salloc and srun, too" {
	(($(release) >= 2411)) || skip "this Slurm does not bind the tasks of the demo's nodes"
	# slurmctld alone changes no GPUs of theirs.
	[[ ! $passing ]] || skip "corrected on the submit host alone"
	run_salloc "${too_big[@]}" -n1 --gpus-per-task=h100:2 \
		srun sh -c 'echo cuda $SLURM_PROCID $CUDA_VISIBLE_DEVICES'
	echo "$output" >out
	is "$(cuda_seen out)" "0,1,2,3"
	run_srun "${too_big[@]}" -n1 --gpus-per-task=h100:2 \
		sh -c 'echo cuda $SLURM_PROCID $CUDA_VISIBLE_DEVICES'
	echo "$output" >out
	is "$(cuda_seen out)" "0,1,2,3"
}

@test "--ntasks-per-gpu --gpus" { corrects TresPerJob --gpus --ntasks-per-gpu=1 --gpus=2; }
@test "--ntasks-per-gpu --gpus, typed: a task more for each GPU more" {
	corrects TresPerJob --gpus --ntasks-per-gpu=1 --gpus=a100_80g:2
	is "$(tasks_seen "$job")" "$(held_gpus "$job")"
	is "$(held "$job" NumTasks)" "$(held_gpus "$job")"
}
@test "-n --ntasks-per-gpu: tasks that were counted stay, another type holds them" {
	run_sbatch_hold "${too_big[@]}" -n2 --ntasks-per-gpu=1 --gpus=2
	submitted
	corrected
	is "$(held "$job" NumTasks)" 2
	is "$(held_tres "$job" TresPerJob)" gpu:h200:2
}
@test "-n --ntasks-per-gpu: no more GPUs where the tasks were counted" {
	run_sbatch_hold "${too_big[@]}" -n2 --ntasks-per-gpu=1 --gpus=a100_80g:2
	refused
	matches "$(alternatives)" '-n 4 --ntasks-per-gpu=1 --gpus=a100_80g:4'
	alternatives_fit "${too_big[@]}"
}

@test "-n --ntasks-per-gpu --gpus-per-node: as many nodes as the tasks need" {
	run_sbatch_hold "${too_big[@]}" -n4 --ntasks-per-gpu=1 --gpus-per-node=a100:4
	refused
	matches "$(said)" 'instead: -N 3 -n 12 --ntasks-per-gpu=1 --gpus-per-node=a100:4 '
	alternatives_fit "${too_big[@]}"
	run_sbatch_hold "${too_big[@]}" -n12 --ntasks-per-gpu=1 --gpus-per-node=a100:4
	submitted
	matches "$(said)" '  3 nodes x 4 A100 40GB: '
}

@test "--tres-per-task" {
	(($(release) >= 2405)) || skip "this Slurm has no --tres-per-task"
	# slurmctld has both in one field, and calls them by the shorter name.
	corrects TresPerTask "$([[ $passing ]] && echo --gpus-per-task || echo --tres-per-task)" -n1 \
		--tres-per-task=gres/gpu:a100_80g:2
}
