#!/usr/bin/env bats
# Host memory and scratch for what is offloaded.

load helpers

offloaded=(--ds-model=13B --ds-zero=3 --ds-offload=cpu --gpus-per-node=a100:4 -N1)

# needed: GiB of host memory that dsfit says a node needs.
needed() {
	said | sed -n 's/^  host memory: \([0-9]*\)[0-9.]* GiB needed per node.*/\1/p'
}

# raised OPTION UNITS: the correction raised this option alone, and UNITS of it are enough.
raised() {
	local now
	submitted
	corrected
	now=$(value "$1" "$new")
	matches "$now" '^[0-9]+G$'
	is "${new/"$1=$now"/}" "${old/"$1=$(value "$1" "$old")"/}"
	((${now%G} * $2 >= $(needed)))
	is "$(held_memory "$job" "$1")" "$now"
}

@test "--mem is raised to the need" {
	run_sbatch_hold "${offloaded[@]}" --mem=8G
	raised --mem 1
	is "$(held_nodes "$job")" 1
	is "$(held_tres "$job" TresPerNode)" gpu:a100:4
}

@test "--mem-per-gpu is raised to the need" {
	run_sbatch_hold "${offloaded[@]}" --mem-per-gpu=8G
	raised --mem-per-gpu 4
	is "$(held "$job" MinMemoryNode)" 0
}

@test "--mem-per-cpu is raised to the need" {
	run_sbatch_hold "${offloaded[@]}" -c8 --mem-per-cpu=1G
	raised --mem-per-cpu 8
}

@test "MiB, as Slurm reads a number without a unit" {
	run_sbatch_hold "${offloaded[@]}" --mem=8192
	raised --mem 1
}

@test "enough memory is left as it is" {
	run_sbatch_hold "${offloaded[@]}" --mem=480G
	matches "$(said)" '^fits: '
	as_asked --gpus-per-node=a100:4 -N1 --mem=480G
}

@test "the whole node's memory is left as it is" {
	run_sbatch_hold "${offloaded[@]}" --mem=0
	matches "$(said)" '^fits: '
	as_asked --gpus-per-node=a100:4 -N1 --mem=0
}

@test "the job runs with the raised memory" {
	run_sbatch "${offloaded[@]}" --mem=8G "$(gpu_script)"
	submitted
	corrected
	completes "$job"
	matches "$(held "$job" TRES)" "mem=$(value --mem "$new"),"
}

@test "scratch is raised to the need" {
	run_sbatch_hold --ds-model=13B --ds-zero=3 --ds-offload=nvme --gpus-per-node=a100:4 --tmp=1G
	submitted
	corrected
	is "$(held "$job" MinTmpDiskNode)" "$(value --tmp "$new")"
	matches "$new" '--tmp=[0-9]{2,}G'
}
