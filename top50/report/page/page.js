// The page's script: search, a song's history when it is selected, and the charts.
// Names are other people's text: they only ever become text nodes, never markup.
"use strict";
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const data = read("data");
  const charts = read("charts");
  const times = data.dates.map((day) => Date.parse(day));

  // The chart: search.
  const rows = [...document.querySelectorAll("#chart tbody tr")];
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = rows.map((row) => {
    const song = data.songs[row.dataset.song];
    return plain([song.name, song.artists, row.dataset.album].join("\n"));
  });
  const songs = (count) => (count === 1 ? "1 song" : `${count} songs`);
  const search = document.getElementById("search");
  search.closest("search").hidden = false;
  search.addEventListener("input", () => {
    const wanted = plain(search.value).split(/\s+/).filter(Boolean);
    let found = 0;
    rows.forEach((row, number) => {
      row.hidden = !wanted.every((word) => texts[number].includes(word));
      found += row.hidden ? 0 : 1;
    });
    document.getElementById("nothing").hidden = found > 0;
    document.getElementById("found").textContent =
      found === rows.length ? songs(found) : `${found} of ${songs(rows.length)}`;
  });

  // A cover that fails to load leaves an empty box.
  const hideBroken = (image) => image.addEventListener("error", () => image.remove());
  document.querySelectorAll(".cover img").forEach((image) => {
    // One may have failed before this script ran; one that is still to be loaded is not complete.
    if (image.complete && !image.naturalWidth) image.remove();
    else hideBroken(image);
  });

  // The charts. The interpreter (`ast`) stands in for compiled expressions, so that no policy need allow eval.
  const from = Math.max(0, data.dates.length - data.recent);
  const draw = (place, name, values, parameters, size = {}) => {
    const spec = {
      ...charts[name],
      ...size,
      datasets: { [name]: values },
      params: [
        ...(charts[name].params || []),
        ...Object.entries(parameters).map(([key, value]) => ({ name: key, value })),
      ],
    };
    return window.vegaEmbed(place, spec, { actions: false, ast: true, renderer: "svg" });
  };

  const points = (song, first) =>
    data.dates.slice(first).map((_, number) => ({
      date: times[first + number],
      day: data.days[first + number],
      rank: data.songs[song].ranks[first + number],
      song,
      name: data.songs[song].name,
    }));

  const bars = (place, name, values) =>
    draw(place, name, values, { names: values.map((value) => value.name) }, { height: 26 * values.length });

  const drawing = {
    ranks: (place) => {
      const within = (rank) => rank !== null && rank <= 50;
      // The first songs come last, so that their lines are on top.
      const drawn = data.songs.map((_, number) => number).filter((n) => within(data.songs[n].rank)).reverse();
      const values = drawn
        .flatMap((song) => points(song, from))
        .map((point) => ({ ...point, rank: within(point.rank) ? point.rank : null }));
      const names = [];
      drawn.forEach((song) => (names[data.songs[song].rank] = data.songs[song].name));
      return draw(place, "ranks", values, { names, dates: times.slice(from) }).then(({ view }) =>
        view.addEventListener("click", (_, item) => {
          const at = item && item.datum && (item.datum.datum || item.datum);
          if (at && Number.isInteger(at.song)) show(at.song);
        }),
      );
    },
    artists: (place) =>
      bars(
        place,
        "artists",
        data.artists.map((artist, number) => ({ ...artist, artist: number, name: artist.artist_name })),
      ),
    ages: (place) => bars(place, "ages", data.ages.map((age, number) => ({ ...age, age: number }))),
  };

  // A song's history.
  const dialog = document.getElementById("song");
  const part = (selector) => dialog.querySelector(selector);
  const element = (name, text, className) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const fill = (song) => {
    part("#song-title bdi").textContent = song.name;
    part(".artists").textContent = song.artists;
    const cover = part(".cover");
    cover.replaceChildren();
    cover.hidden = !song.image;
    if (song.image) {
      const image = new Image(88, 88);
      image.alt = "";
      image.referrerPolicy = "no-referrer";
      hideBroken(image);
      image.src = song.image;
      cover.append(image);
    }
    part("dl").replaceChildren(
      ...song.facts.map(([name, value]) => {
        const pair = document.createElement("div");
        pair.append(element("dt", name), element("dd", value));
        return pair;
      }),
    );
    const hasPlays = data.songs.some(({ plays }) => plays.length > 0);
    const charted = data.days
      .map((day, n) => [day, song.ranks[n], song.plays[n]])
      .filter(([, rank]) => rank !== null);
    part("tbody").replaceChildren(
      ...charted.reverse().map(([day, rank, plays]) => {
        const row = document.createElement("tr");
        const head = element("th", day);
        head.scope = "row";
        row.append(head, element("td", String(rank), "figure"));
        if (hasPlays) row.append(element("td", plays == null ? "–" : plays.toLocaleString("en"), "figure"));
        return row;
      }),
    );
    part("#song-history").setAttribute(
      "aria-label",
      `Line: the ranks of this song on ${charted.length} of the last ${data.dates.length} charts. The table below has the same figures.`,
    );
    fillElsewhere(song.elsewhere);
    const link = part("a.open");
    if (song.url) link.href = song.url;
    else link.removeAttribute("href");
  };

  // Where else the song is on a chart: a box a region, the darker the better its rank.
  const fillElsewhere = (regions) => {
    part("#elsewhere").hidden = data.others === 0;
    part("#elsewhere-title").textContent = `On ${regions.length} of ${data.others} other charts of this date`;
    part(".heat").replaceChildren(
      ...regions.map(([region, rank]) => {
        const box = document.createElement("li");
        box.append(element("span", region), element("b", String(rank)));
        box.style.setProperty("--heat", `${Math.round(100 * Math.max(0, 1 - (rank - 1) / 50))}%`);
        return box;
      }),
    );
  };

  const show = (number) => {
    const song = data.songs[number];
    fill(song);
    if (!dialog.open) dialog.showModal();
    const ranks = song.ranks.filter((rank) => rank !== null);
    const first = Math.max(0, Math.min(song.ranks.findIndex((rank) => rank !== null), data.dates.length - 2));
    const deepest = Math.max(10, ...ranks);
    draw(part("#song-history"), "history", points(number, first), {
      deepest,
      depths: [1, 2, 3, 5, 10, 20, 50, 100, 200].filter((depth) => depth <= deepest),
      dates: times.slice(first),
    });
  };

  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  rows.forEach((row) =>
    row.addEventListener("click", (event) => {
      if (!event.target.closest("a")) show(Number(row.dataset.song));
    }),
  );

  const drawAll = () =>
    document.querySelectorAll("[data-chart]").forEach((place) => drawing[place.dataset.chart](place));
  // The chart itself is on the screen before the pictures are drawn.
  requestAnimationFrame(() => setTimeout(drawAll));
})();
