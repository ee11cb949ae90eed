/** First names from everywhere; family names that nobody bears. */

export const FIRST_NAMES =
  `Amara Beatriz Cedric Dolores Emeka Farida Gideon Hana Ignacio Joyce Kwame Leilani Marisol Nikolai
  Odette Priya Quincy Rosalind Solomon Teresa Ulises Vivian Winston Ximena Yusuf Zelda Agnieszka Bao Carmen
  Desmond Eun-ji Fern Graciela Harold Ingrid Jamal Keiko Lucinda Mahmoud Noreen Otis Paloma Renée Søren
  Tamika Viktor Wilhelmina Xavier Yolanda Zoltán Alma Booker Chau Delphine Ezekiel Florence Guadalupe Hiroshi
  Imani José`.split(/\s+/);

export const FAMILY_NAMES =
  `Ashgrovely Brightwaterson Cloverfeld Dunmarrowby Emberlane Fennimarsh Galloweather Hazelquist Inglethorn
  Juniperley Kettlebrand Larkspurrow Mossbanker Nettlewick Oakenhallow Pebblestrom Quillfeather Rowanstead
  Silverfenn Thistlewood-Ames Umberfield Violetta-Crane Willowmere Yarrowdale Zephyrhill Abadejuela
  Bellaluzón Cordovaldi Duranciello Esperalda Fuentelmar Granadilleros Montevelar Núñovar Olivarenga
  Peñaclaro Quintamora Riosolano Villaserenu Achebimbo Diallonde Ekwenzi Mbalangu Nkemdilo Okonvale
  Tesfanaye Adibekzai Farahmandia Hosseinvari Karimpur Patelwari Raghunavi Singharaj Changwei-Lo Fujimoriku
  Kimsonggo Nguyenvale Takahoshi Tranhoalin Yamakuri Łazowicki-Nowy Dvorákovny Horvathley Ivanskovic
  O'Brannickle MacDunferry D'Armontel Kaleohana Tuimavave Begaywater Redcedarhawk`.split(/\s+/);
