// The behaviour of every page. Pages work without it; it makes them quicker to use.
import { startCharts } from "./charts.js";
import { startPrivacy } from "./control/privacy.js";
import { startDialogs } from "./dialogs.js";
import { startDrops } from "./drop.js";
import { startFilters } from "./filters.js";
import { startKeyboard } from "./keyboard.js";
import { startRequests } from "./requests.js";
import { startTables } from "./tables.js";
import { startToasts } from "./toasts.js";

startRequests();
startToasts();
startDialogs();
startTables();
startFilters();
startKeyboard();
startDrops();
startCharts();
startPrivacy();
