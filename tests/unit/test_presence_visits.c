/* SPDX-License-Identifier: MIT */
/* shared/hub/presence_visits.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/hub/presence_visits.h"
#include "tests/unit/suite.h"

enum { NOW = 1000 };

static size_t all;
static struct presence_visits visits = {.all = &all};
static struct bus_presence_visit *taken;

static void
take(void)
{
	free(taken);
	taken = presence_visits_take(&visits, NOW);
}

static void
close_all(void)
{
	free(taken);
	taken = NULL;
	presence_visits_clear(&visits);
	ck_assert_uint_eq(all, 0);
}

static void
note_many(struct presence_visits *v, unsigned int count)
{
	char id[16];

	for (unsigned int i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "%u", i);
		presence_visits_note(v, id, NULL, 0);
	}
}

TEST(of_a_client_the_last_time_counts)
{
	presence_visits_note(&visits, "one", "ann", NOW + 10);
	presence_visits_note(&visits, "one", "ann", NOW + 20);
	take();
	ck_assert_uint_eq(visits.taken, 1);
	ck_assert_uint_eq(taken[0].ms, 20);
	close_all();
}

TEST(the_same_id_of_another_user_is_another_client)
{
	presence_visits_note(&visits, "one", "ann", NOW + 10);
	presence_visits_note(&visits, "one", "bob", 0);
	presence_visits_note(&visits, "one", NULL, 0);
	take();
	ck_assert_uint_eq(visits.taken, 3);
	for (size_t i = 0; i < visits.taken; i++)
		if (taken[i].user != NULL && strcmp(taken[i].user, "ann") == 0)
			ck_assert_uint_eq(taken[i].ms, 10);
		else
			ck_assert_uint_eq(taken[i].ms, 0);
	close_all();
}

TEST(one_whose_time_is_over_is_dropped)
{
	presence_visits_note(&visits, "one", NULL, NOW);
	take();
	ck_assert_uint_eq(visits.taken, 0);
	ck_assert_uint_eq(all, 0);
	close_all();
}

TEST(a_channel_has_no_more_than_so_many)
{
	note_many(&visits, BUS_PRESENCE_VISITS_MAX + 1);
	ck_assert_uint_eq(visits.count, BUS_PRESENCE_VISITS_MAX);
	close_all();
}

TEST(all_channels_together_have_no_more_than_so_many)
{
	struct presence_visits other = {.all = &all};

	all = PRESENCE_VISITS_ALL - 2;
	note_many(&visits, 3);
	note_many(&other, 1);
	ck_assert_uint_eq(all, PRESENCE_VISITS_ALL);
	presence_visits_clear(&visits);
	note_many(&other, 1);
	ck_assert_uint_eq(other.count, 1);
	presence_visits_clear(&other);
	ck_assert_uint_eq(all, PRESENCE_VISITS_ALL - 2);
}
